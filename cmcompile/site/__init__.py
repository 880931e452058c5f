"""The static site of ledgers: values in, files out; see ``docs/site.md``."""
