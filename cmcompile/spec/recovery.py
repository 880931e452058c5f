"""The recoveries of a step: those that can never have anything to do."""

from __future__ import annotations

from cmcompile.model import codes
from cmcompile.model.diagnostic import Findings
from cmcompile.model.source import Mapping, Node
from cmcompile.spec.values import items, text

#: What a recovery is for that says nothing.
_USUAL = ("missing_outputs", "failed", "unconsumed")


def check_recovery(node: Node | None, step: str, findings: Findings) -> None:
    """Report recoveries whose work others before them do.

    One with a `split` of its own leaves what does not fit to the next; any other takes all of its kinds.
    """
    done: set[str] = set()
    for number, item in enumerate(items(node), 1):
        if not isinstance(item, Mapping):
            continue
        kinds = [kind for kind in map(text, items(item.get("of"))) if kind] or list(_USUAL)
        if done.issuperset(kinds):
            findings.add(
                codes.rescues.RECOVERY_IDLE,
                item.span,
                f"recovery {number} of {step} has nothing to do: "
                f"those before it make good all {_words(kinds)}",
                "take it out, put it first, or say in `of` what else it is for",
            )
        if item.get("split") is None:
            done.update(kinds)


def _words(kinds: list[str]) -> str:
    return kinds[0] if len(kinds) == 1 else f"{', '.join(kinds[:-1])} and {kinds[-1]}"
