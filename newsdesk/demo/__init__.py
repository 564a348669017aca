"""The built-in newsroom: a fictional agency and its outlets, served on loopback."""
