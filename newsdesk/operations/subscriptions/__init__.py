"""Subscriptions: each dispatch judged once, after the index has it, and told once for each reason."""
