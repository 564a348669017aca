"""Who is sent what, and by which road."""
