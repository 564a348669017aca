"""The HTTP server: sockets, protocol, trusted hosts."""
