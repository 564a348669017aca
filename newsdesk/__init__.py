"""What people and machines start: the command line, the pages and API, the service, the demo."""
