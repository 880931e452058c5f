"""Benchmarks: ratios to a floor timed in the same run."""
