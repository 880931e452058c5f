"""Compile Rubin processing campaigns, written as YAML in git, into BPS submit files."""
