"""Submitting: never twice, never lost; the protocol between claim and reply."""
