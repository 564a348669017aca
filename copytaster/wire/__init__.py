"""Wire grammar: datelines, headline markers, credits, sign-offs. Pure functions on text."""
