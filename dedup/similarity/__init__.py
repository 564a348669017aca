"""How much of two texts is the same: matched runs of words, weighed by rarity."""
