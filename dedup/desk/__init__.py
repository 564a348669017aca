"""What people change: split, merge, pin, and regroup with other settings."""
