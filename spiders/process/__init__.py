"""The child process that crawls, and the parent that starts it."""
