"""Senders: what reports say is told to GitHub, Jira, and any address that takes messages."""
