"""Which exit codes of a command make a CI job fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import click

from cmcompile.cli.ending import ORDER
from cmcompile.cli.exit import Exit

_F = TypeVar("_F", bound=Callable[..., object])

#: What can be chosen; all that is not here makes a job fail anyway.
WORDS = {
    "changes": Exit.CHANGES,
    "attention": Exit.ATTENTION,
    "refused": Exit.BLOCKED,
    "partial": Exit.PARTIAL,
    "unknown": Exit.UNKNOWN,
    "lost": Exit.LOST,
}
_GRAVE = (Exit.INTERNAL, Exit.USAGE, Exit.READER_GONE, Exit.AUTH, *ORDER)


class FailOn(click.ParamType[frozenset[Exit]]):
    """Words for exit codes, separated by commas; empty for none of them."""

    name = "words"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> frozenset[Exit]:
        """Return all codes that make the job fail."""
        if isinstance(value, frozenset):
            return value
        words = [word.strip() for word in str(value).split(",") if word.strip()]
        wrong = [word for word in words if word not in WORDS]
        if wrong:
            self.fail(f"{wrong[0]!r} is none of {', '.join(WORDS)}", param, ctx)
        chosen = {WORDS[word] for word in words}
        return frozenset(Exit) - frozenset(WORDS.values()) - {Exit.OK} | chosen


def fail_on(default: str) -> Callable[[_F], _F]:
    """Add ``--fail-on``, which gives the codes that make the job fail."""
    return click.option(
        "--fail-on",
        "failing",
        type=FailOn(),
        default=default,
        show_default=True,
        metavar="WORD,...",
        help=f"Fail also where a campaign ends so: {', '.join(WORDS)}; an error always fails.",
    )


def outcome(codes: Iterable[Exit], failing: frozenset[Exit]) -> Exit:
    """Return the exit code of a job: the gravest of those that make it fail, else 0."""
    return gravest(found for found in codes if found in failing)


def gravest(codes: Iterable[Exit]) -> Exit:
    """Return the gravest of exit codes; none: all is fine."""
    return min(codes, key=_GRAVE.index, default=Exit.OK)
