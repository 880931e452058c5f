"""Campaigns of cm-service: spec blocks and steps of its first generation, manifests of its second."""
