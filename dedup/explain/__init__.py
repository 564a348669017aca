"""Why two versions are one dispatch, or two."""
