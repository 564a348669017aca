"""Seals: a digest beside every row of a SQLite file, so that a row that changed in silence is noticed."""
