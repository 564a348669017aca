"""Retold and translated: finds dispatches that tell another one's news in other words or in another language."""
