"""Retention: what leaves the store by rule or by hand, and what comes back."""
