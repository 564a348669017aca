"""Where a story is: what the store and the index know of it, as steps, and where its road ends."""
