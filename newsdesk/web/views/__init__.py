"""Named searches and boards of them."""
