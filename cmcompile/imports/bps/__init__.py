"""Trees of BPS submit files."""
