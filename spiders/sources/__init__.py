"""Sources: sources.toml, its faults, and finding the feed of a site."""
