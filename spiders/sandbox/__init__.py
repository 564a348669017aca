"""Worker processes that parse pages and can be killed."""
