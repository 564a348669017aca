"""Datelines: the place, date and agency that open a dispatch."""
