"""What workload systems show of runs: records of this machine, and any BPS plugin through an observer."""
