"""What is checked once all groups are compiled."""
