"""The live pass: read what waits, compare, decide, write."""
