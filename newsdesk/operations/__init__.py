"""What people who run the service ask: what happened, do the books balance, what was set aside, what is set."""
