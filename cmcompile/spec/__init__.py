"""Strict YAML with positions, checked by schema, turned into the model."""
