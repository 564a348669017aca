"""Checks of what others made: the licences of the installed distributions, and the advisories about them."""
