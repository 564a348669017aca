"""Keeps secrets out of everything that leaves the process: names, shapes and known values are masked."""
