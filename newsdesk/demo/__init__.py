"""The demo: two invented agencies and their outlets, served on loopback."""
