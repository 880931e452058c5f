"""What others wrote, as a spec: see docs/importing.md."""
