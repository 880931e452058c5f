"""``apply --reviewed DIGEST``: nothing is done that was not in the plans that a reviewer saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cmcompile.cli.output import warn
from cmcompile.cli.policy import PolicyError
from cmcompile.model.approval import Approvals
from cmcompile.model.errors import CmcompileError
from cmcompile.model.plan import GATED, Item, Plan
from cmcompile.model.review import review_digest
from cmcompile.report.screen import count

#: So much of a digest names it at least.
_LEAST = 12


def check_kept(kept: Path, plan: Plan, digest: str, read: Callable[[Path], Plan]) -> None:
    """Stop where a kept plan is not the one with a digest, nor one of those in its folder with it.

    Parameters
    ----------
    read
        Reads another plan that was kept.

    Raises
    ------
    PolicyError
        So it is.
    """
    if _names(digest, plan.digest) or _names(digest, _of_folder(kept, read)):
        return
    raise PolicyError(
        f"{kept} is not what was reviewed as {digest[:_LEAST]}: the plan has {plan.digest[:_LEAST]}; "
        "nothing was done"
    )


def only_reviewed(plan: Plan, digest: str, approvals: Approvals) -> tuple[Plan, bool]:
    """Return a plan that was made now without submissions that no approved plan had; and if there were any.

    Raises
    ------
    PolicyError
        When the ledger holds no approval of a plan with the digest.
    """
    seen = {
        (covered.step, covered.group, covered.definition)
        for one in approvals.standing
        if _names(digest, one.plan)
        for covered in one.covers
    }
    if not seen:
        raise PolicyError(
            f"no approval in the ledger is of a plan {digest[:_LEAST]}: name the file of the plan that was "
            "reviewed, or `cmcompile approve` it; nothing was done"
        )

    def stays(item: Item) -> bool:
        subject = item.subject
        return item.action not in GATED or (subject.step, subject.group or "", item.definition) in seen

    stages = (replace(s, items=tuple(filter(stays, s.items))) for s in plan.stages)
    found = replace(plan, stages=tuple(stage for stage in stages if stage.items))
    left = sum(1 for _ in plan.items()) - sum(1 for _ in found.items())
    if left:
        warn(f"{count(left, 'submission')} refused: not in the plan that was reviewed as {digest[:_LEAST]}")
    return found, bool(left)


def _names(digest: str, full: str) -> bool:
    return len(digest) >= _LEAST and full.startswith(digest)


def _of_folder(kept: Path, read: Callable[[Path], Plan]) -> str:
    """Return the digest of all plans in a folder, as a review has it; empty where a file is none."""
    try:
        plans = [read(path) for path in sorted(kept.parent.glob("*.json"))]
    except CmcompileError:
        return ""
    return review_digest({plan.source.campaign: plan.digest for plan in plans})
