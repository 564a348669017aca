"""The page of one dispatch, its tabs and texts."""
