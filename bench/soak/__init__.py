"""Trials of the promises: faults put in on purpose, how many the service held, and a control that must fail."""

from bench.soak.run import main

__all__ = ["main"]
