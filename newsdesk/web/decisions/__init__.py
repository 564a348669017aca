"""What people decide about groups, and the basket they decide from."""
