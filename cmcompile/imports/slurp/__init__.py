"""Production rules of SLURP, and of its successor sphenixprod."""
