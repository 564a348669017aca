"""Figures of quality and speed, side by side. Run by `make bench`."""
