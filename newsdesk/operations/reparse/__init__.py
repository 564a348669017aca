"""Reading the kept raw pages again: the difference first, then in place of the readings that are stored."""
