"""Campaigns of POMS, as its ini files have them."""
