"""The record: SQL tables, transactions, reads. Everything else in the service meets here."""
