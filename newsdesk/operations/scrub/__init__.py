"""The scrub: compares everything that is kept with its digest, names what changed in silence, and repairs what it can."""
