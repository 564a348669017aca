"""Figures of the index: writing, searching, time until a change is found, rebuilding; a real server and the embedded index."""

from bench.index.run import main

__all__ = ["main"]
