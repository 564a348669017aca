"""Building a new index beside the live one, and re-sending what an index may have missed."""
