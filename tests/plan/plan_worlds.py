"""Campaigns with rescues, and ledgers of any events at all, half of which make sense."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st
from plan_tools import Campaign, campaign, events

from cmcompile.model.event import Event
from cmcompile.model.states import LedgerState
from cmcompile.state.fold import fold

SPECS = [
    """
    limits: {running: 3}
    steps:
      a:
        split: [{by: tract, values: 1..4, size: 2}]
        accept: {failed: 3%}
        rescues:
          r: {split: [{by: tract, values: 1..4, count: 1}], because: x}
          s: {groups: 1, limits: {running: 1}, priority: 2, because: x}
      b: {needs: {a: same}, split: [{by: tract, values: 1..4}], limits: {running: 2}}
    """,
    """
    steps:
      a:
        split: [{by: tract, values: 1..2}]
        rescues: {r: {split: [{by: tract, values: 1..2, count: 1}], because: x}}
      b: {needs: {a/r: all}, collect: u/b}
      d: {needs: {b: {accepted: 50%}}, rescues: {r: {because: x}}}
    collect: u/every
    """,
    """
    steps:
      a: {collect: u/a, split: [{by: tract, values: 1..2}], rescues: {r: {because: x}, s: {because: z}}}
      b: {needs: {a: same}, split: [{by: tract, values: 1..2}]}
    """,
]
VERBS = ["accept", "reject", "retry", "restart", "abandon", "cancel", "retire", "supersede", "hold", "adopt"]
GATE = "00000000000000a1"

outcomes = st.sampled_from([{}, {"failures": {"isr": 2}}, {"failures": {"isr": 9}}, {"outcome": "missing"}])
ends = st.builds(
    lambda state, more: {"observed": state, **more},
    st.sampled_from(["succeeded", "partial", "failed", "cancelled", "running", "held"]),
    outcomes,
)
words = st.one_of(
    st.sampled_from(["claimed", "prepared", "abandoned", "restarted", "cancelling", "retired", "sent"]),
    st.sampled_from([{"submitting": GATE}, {"not_called": GATE}, {"abandoned": GATE}, {"unknown": GATE}]),
    st.sampled_from([{"prepare_failed": "x", "transient": True}, {"prepare_failed": "x"}]),
    st.sampled_from([{"submitted": "1"}, {"submitted": "2"}, {"review": "not_found"}]),
    st.just({"claimed": {"definition": "other"}}),
    ends,
)
#: What happens to a workflow, more or less as it should.
histories = st.one_of(
    st.tuples(st.just("sent"), ends).map(list),
    st.tuples(st.just("sent"), ends, ends).map(list),
    st.sampled_from(
        [
            ["claimed"],
            ["claimed", "abandoned"],
            ["claimed", {"submitting": GATE}, {"unknown": GATE}, {"review": "not_found"}],
            ["claimed", {"submitting": GATE}, {"not_called": GATE}],
            ["claimed", {"submitting": GATE}, {"unknown": GATE}, {"abandoned": GATE}],
        ]
    ),
)
verdicts = st.lists(
    st.sampled_from(
        [{"accepted": ["w00"]}, {"rejected": ["w00"]}, {"superseded": ["w00"]}, {"review": "input_rejected"}]
    ),
    min_size=1,
    max_size=2,
)


@cache
def compiled(number: int, decisions: tuple[tuple[str, str], ...]) -> Campaign:
    told = [{verb: subject, **_more(verb)} for verb, subject in decisions]
    return campaign(SPECS[number], None, told)


def _more(verb: str) -> dict[str, str]:
    more = {
        "abandon": {"gate": GATE},
        "adopt": {"run": "9", "wms": "panda", "output": "u/by-hand"},
    }
    return more.get(verb, {})


class Given:
    """A campaign and its ledger, shown in the short words that they were made from."""

    def __init__(self, made: Campaign, told: list[Event], words: str) -> None:
        self.made = made
        self.events = told
        self.state: LedgerState = fold(told)
        self.words = words

    def __repr__(self) -> str:
        return self.words


@st.composite
def worlds(draw: st.DrawFn) -> Given:
    """Draw a campaign, and a ledger of it; half of the ledgers make sense."""
    number = draw(st.integers(0, len(SPECS) - 1))
    groups = [f"{d.group.step}/{d.group.id}" for d in compiled(number, ()).declared] + ["a/77"]
    verbs = draw(st.lists(st.tuples(st.sampled_from(VERBS), st.sampled_from(groups)), max_size=3))
    decisions = tuple(
        (verb, name if verb in ("hold", "adopt") else f"{name}@{draw(st.sampled_from(['w00', 'w01']))}")
        for verb, name in verbs
    )
    made = compiled(number, decisions)
    told = histories if draw(st.booleans()) else st.lists(words, min_size=1, max_size=6)
    ledger: dict[str, list[Any]] = {}
    for name in draw(st.lists(st.sampled_from(groups), unique=True, max_size=6)):
        for workflow in ["w00", "w01"][: draw(st.integers(1, 2))]:
            said = draw(told)
            ledger[f"{name}@{workflow}"] = said
        if draw(st.integers(0, 3)) == 0:
            ledger[name] = draw(verdicts)
    return Given(made, list(events(made, ledger)), f"{number} {decisions} {ledger}")


#: How a first pass, or a rescue of it, ends, mostly.
likely_ends: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"observed": "partial", "failures": {"isr": 2}},
        {"observed": "partial", "failures": {"isr": 9}},
        {"observed": "partial", "failures": {"isr": 9}},
        {"observed": "failed"},
        {"observed": "succeeded"},
        {"observed": "succeeded", "cleared": {"isr": 9}},
        {"observed": "running"},
    ]
)
likely_verbs = st.sampled_from(
    ["accept", "accept", "reject", "retry", "retire", "supersede", "supersede", "adopt", "restart"]
)


@st.composite
def likely_worlds(draw: st.DrawFn) -> Given:
    """Draw a campaign under way: most groups were sent once, some rescues too, and people decided things."""
    number = draw(st.integers(0, len(SPECS) - 1))
    every = {f"{d.group.step}/{d.group.id}": d.group for d in compiled(number, ()).declared}
    ledger: dict[str, list[Any]] = {}
    ended: list[str] = []
    for name, group in every.items():
        sent_before = all(f"{group.step}/{covered}" in ended for covered in group.covers)
        if sent_before and draw(st.integers(0, 9)) < (4 if group.rescue else 8):
            end = draw(likely_ends)
            ledger[f"{name}@w00"] = ["sent", end]
            if end["observed"] != "running":
                ended.append(name)
    for name in ended:
        verdict = draw(st.sampled_from(["", "", "", "", "accepted", "rejected"]))
        if verdict:
            step, _, own = name.partition("/")
            rescues = [g.id for g in every.values() if g.step == step and own in g.covers]
            judged = [own, *(r for r in rescues if f"{step}/{r}" in ended)]
            ledger[name] = [{verdict: [f"{group}@w00" for group in judged]}]
    told = draw(st.lists(st.tuples(likely_verbs, st.sampled_from(ended)), max_size=3)) if ended else []
    decisions = [(verb, name if verb == "adopt" else f"{name}@w00") for verb, name in told]
    if draw(st.integers(0, 5)) == 0:
        decisions.append(("retire", draw(st.sampled_from("ab"))))
    made = compiled(number, tuple(decisions))
    return Given(made, list(events(made, ledger)), f"{number} {decisions} {ledger}")
