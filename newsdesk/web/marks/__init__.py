"""What the desk marks and takes."""
