"""Who a reader is, what they may do, and what they did."""
