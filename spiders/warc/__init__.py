"""Reads web archives (WARC): bytes with places to go on from, records, and the pages in them."""
