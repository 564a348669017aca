"""A year of ledger and copy, and what the commands and pages that people wait for cost on it."""

from bench.year.run import main

__all__ = ["main"]
