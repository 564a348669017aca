"""Takes in copy that others bring: files dropped into a folder, messages of a mailbox, requests of the push interface."""
