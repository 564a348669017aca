"""Reads the file formats of news agencies: one small reader each, chosen by root element or first bytes."""
