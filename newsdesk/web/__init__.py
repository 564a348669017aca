"""The desk: pages for editors and the JSON API."""
