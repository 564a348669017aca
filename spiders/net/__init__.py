"""Addresses, robots.txt and fetching."""
