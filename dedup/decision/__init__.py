"""Which dispatch a version belongs to: pure rules over scored candidates, and manual decisions."""
