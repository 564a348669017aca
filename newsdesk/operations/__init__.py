"""For the people who run the service: status, checks, quarantine, settings and manual decisions, as data."""
