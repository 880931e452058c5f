"""Git plumbing."""
