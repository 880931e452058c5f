"""The table of all codes: ``python -m cmcompile.report.codes_table > docs/diagnostics/README.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from cmcompile.model.codes import all_codes
from cmcompile.model.diagnostic import Code

_HEAD = """\
# Diagnostics

Every finding has a code, and every code has a page: what it means, a bad and a good example, what to do.
A code is never used again for something else. A spec can allow a finding with
a reason: `allow: {CM000: reason}`.

| Code | Severity | What is wrong |
| --- | --- | --- |
"""


def codes_table(codes: Iterable[Code]) -> str:
    """Return the index page of the diagnostics, as Markdown."""
    return _HEAD + "".join(_row(code) for code in sorted(codes, key=lambda c: c.name))


def _row(code: Code) -> str:
    title = code.title.replace("|", "\\|")
    return f"| [{code.name}]({code.name}.md) | {code.severity.value} | {title} |\n"


if __name__ == "__main__":
    sys.stdout.write(codes_table(all_codes().values()))
