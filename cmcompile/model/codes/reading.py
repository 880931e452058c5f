"""Codes CM001-CM019: files and YAML."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity

FILE_ABSENT = Code("CM001", Severity.ERROR, "file does not exist")
FILE_UNREADABLE = Code("CM002", Severity.ERROR, "file can't be read")
NOT_UTF8 = Code("CM003", Severity.ERROR, "file isn't UTF-8 text")
CONTROL_CHARACTER = Code("CM004", Severity.ERROR, "control or invisible character")
SYNTAX = Code("CM005", Severity.ERROR, "YAML syntax error")
DUPLICATE_KEY = Code("CM006", Severity.ERROR, "key written twice")
AMBIGUOUS_WORD = Code("CM007", Severity.ERROR, "word without quotes that YAML readers understand differently")
AMBIGUOUS_NUMBER = Code("CM008", Severity.ERROR, "number that YAML readers understand differently")
AMBIGUOUS_NULL = Code("CM009", Severity.ERROR, "null written in another way than null")
MERGE_KEY = Code("CM010", Severity.ERROR, "merge key <<")
FILE_OUTSIDE = Code("CM011", Severity.ERROR, "file outside the repository")
TAG = Code("CM012", Severity.ERROR, "explicit YAML tag")
SEVERAL_DOCUMENTS = Code("CM013", Severity.ERROR, "several documents in one file")
ALIAS = Code("CM014", Severity.ERROR, "alias without a usable anchor")
LIMIT = Code("CM015", Severity.ERROR, "document too large or too deep")
KEY_NOT_TEXT = Code("CM016", Severity.ERROR, "key that isn't text")
TAB = Code("CM017", Severity.ERROR, "tab in the indentation")
LINE_END = Code("CM018", Severity.ERROR, "line end that isn't a newline")
NUMBER_RANGE = Code("CM019", Severity.ERROR, "number outside 64 bits")
