"""Which versions are worth comparing: signatures, the window, phrase counts, boilerplate."""
