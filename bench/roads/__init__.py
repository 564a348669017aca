"""The roads in, timed: from a file, a push, a message or a list of addresses to the search of the running service."""

from bench.roads.run import main as main
