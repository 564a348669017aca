"""Building a new index next to the live one, and writing again what an index may have missed."""
