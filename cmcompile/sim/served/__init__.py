"""The simulated far side in a process of its own, over a Unix socket: for tests with real processes."""
