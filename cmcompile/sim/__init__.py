"""The simulator: a world in which everything goes wrong, and the real code in it."""
