"""The expression language of ``payload.dataQuery``: read, check, evaluate, write; no lsst import.

``parser.parse`` reads a text, ``check.check`` says what a Butler would reject, ``sets.evaluate`` says
which ids it takes, ``write`` makes predicates. The language and its dimensions are those of the v30
daf_butler query system; tests compare both with the real one.
"""
