"""Text as numbers: words, house style, n-grams."""
