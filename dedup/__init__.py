"""Grouping: which versions belong to one dispatch. No Scrapy, no search index."""
