"""PanDA, asked in two ways: iDDS, whose word counts, and the monitor, which shows many runs at once."""
