"""What rings, and to whom it is told: conditions, the watch over them, messages by mail and webhook."""
