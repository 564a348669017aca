"""The list of dispatches: search, live updates, and every form it leaves in."""
