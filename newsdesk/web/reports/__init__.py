"""Reports on pick-up and completeness."""
