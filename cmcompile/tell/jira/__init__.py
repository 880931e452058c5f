"""Jira, Cloud and Data Center, by version 2 of its REST interface: its texts are wiki markup in both."""
