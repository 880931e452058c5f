"""Cases as data: a small campaign, its ledger and decisions, and where that must lead.

A line of ``states`` or ``plan`` may leave out what stands behind its bars. Both are complete, and ``plan`` is
in order.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from plan_tools import (
    campaign,
    exit_of,
    facts,
    item_words,
    plan_of,
    standing_words,
    state_of,
)

from cmcompile.model.plan import Action
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState
from cmcompile.plan.standing import standings

FILES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
KEYS = {
    "about",
    "spec",
    "files",
    "ledger",
    "decisions",
    "approvals",
    "facts",
    "options",
    "states",
    "plan",
    "exit",
}


def cases() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for file in FILES:
        for number, case in enumerate(yaml.safe_load_all(file.read_text(encoding="utf-8")), 1):
            assert set(case) <= KEYS, f"{file.name} {number}: {set(case) - KEYS}"
            found.append((f"{file.stem}-{number}", case))
    return found


CASES = cases()


def agrees(expected: str, seen: str) -> bool:
    """Tell whether a line is as expected in all that the expectation says."""
    wanted = [part.strip() for part in expected.split("|")]
    return wanted == [part.strip() for part in seen.split("|")][: len(wanted)]


@pytest.mark.parametrize("case", [c for _, c in CASES], ids=[name for name, _ in CASES])
def test_case(case: dict[str, Any]) -> None:
    made = campaign(case["spec"], case.get("files"), case.get("decisions", ()))
    state = state_of(made, case.get("ledger", {}), case.get("approvals", ()))
    told = facts(case.get("facts", {}))
    seen = {f"{s}/{g}": standing_words(v) for (s, g), v in standings(made.inputs(state, told)).items()}
    wanted = {str(name): str(line) for name, line in case["states"].items()}
    wrong = {n: (wanted.get(n), line) for n, line in seen.items() if not agrees(wanted.get(n, "?"), line)}
    assert wrong == {}, case["about"]
    assert set(wanted) == set(seen), case["about"]
    options = case.get("options", {})
    chosen = {tuple(name.split("/")) for name in options["chosen"]} if "chosen" in options else None
    plan = plan_of(made, state, told, chosen=chosen, limit=options.get("limit"))
    lines = [item_words(item) for item in plan.items()]
    pairs = list(zip(case["plan"], lines, strict=False))
    assert [p for p in pairs if not agrees(*p)] == [], case["about"]
    assert len(case["plan"]) == len(lines), lines
    assert exit_of(plan) == case["exit"], case["about"]


def test_every_reason_state_and_action_has_a_case() -> None:
    words = Counter[str]()
    for _, case in CASES:
        for line in (*case["states"].values(), *case["plan"]):
            words.update(str(line).split(" | ")[0].split())
    names = {e.value for kind in (Reason, GroupState, Action) for e in kind}
    assert names - set(words) == set()


def test_there_are_sixty_cases() -> None:
    assert len(CASES) >= 60


def test_every_reason_and_action_is_on_a_page() -> None:
    docs = Path(__file__).parents[2] / "docs"
    told = (docs / "plan.md").read_text(encoding="utf-8") + (docs / "states.md").read_text(encoding="utf-8")
    # What only says that all is well, or under way, speaks for itself.
    plain = {Reason.ACCEPTED, Reason.REJECTED, Reason.IN_FLIGHT, Reason.GATE_OPEN, Reason.CLAIMED}
    plain |= {Reason.ENDED_WELL, Reason.FOREIGN_RUN, Reason.OUTCOME_UNKNOWN}
    missing = [r.value for r in Reason if f"`{r.value}`" not in told and r not in plain]
    assert missing == []
    for action in Action:
        assert f"`{action.value}`" in told
