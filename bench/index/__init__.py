"""The index side: writing, searching, how soon a change is found, rebuilding; a real server beside the embedded index."""

from bench.index.run import main

__all__ = ["main"]
