"""Figures of the desk: pages with many dispatches, open lists while copy comes, and what fits a screen."""

from bench.desk.run import main

__all__ = ["main"]
