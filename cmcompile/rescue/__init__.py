"""From what became of groups to the smallest rescue of them."""
