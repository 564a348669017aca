"""The agency's own chain of versions in a dispatch, and links between dispatches."""
