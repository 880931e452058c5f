"""The preparing child as a process: what is said over its pipe, and both ends of it."""
