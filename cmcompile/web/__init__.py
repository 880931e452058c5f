"""HTTP: one exchange at a time, bounded, without redirects."""
