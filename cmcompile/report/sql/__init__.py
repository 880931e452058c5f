"""Ledgers as tables of a relational database."""
