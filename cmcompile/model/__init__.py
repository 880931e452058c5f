"""Frozen values that all rooms share, and the Protocols of the outside world."""
