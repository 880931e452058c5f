"""The version of the software, and of the bytes that it emits."""

VERSION = "0.1.0"

#: Raised by one with any change of emitted bytes; a frozen corpus of golden files guards it.
EMIT = 1
