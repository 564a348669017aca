"""Copytaster: every rewrite of one dispatch is one hit."""
