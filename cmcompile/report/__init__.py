"""Renderings of values: text, json, github, sarif; pure."""
