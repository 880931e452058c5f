"""The catalog: which outputs there are, where, and who made them (docs/catalog.md)."""
