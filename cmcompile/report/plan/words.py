"""What every rendering of a plan says in the same words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from shlex import join

from cmcompile.model.plan import IDLE, Action, Item, Plan, StageName
from cmcompile.model.reason import NOT_ALLOWED, Reason
from cmcompile.model.source import Span
from cmcompile.report.screen import count, short

SIGNS = {
    Action.SUBMIT: "+",
    Action.RESCUE: "+",
    Action.RESTART: "+",
    Action.ADOPT: ">",
    Action.ACCEPT: "*",
    Action.CHAIN: "~",
    Action.TAG: "~",
    Action.WAIT: ".",
    Action.REVIEW: "?",
    Action.REFUSE: "!",
}
#: For actions that end or take away something.
AWAY = "-"

_COUNTED = {
    Action.SUBMIT: "{} to submit",
    Action.RESCUE: "{} to rescue",
    Action.RESTART: "{} to restart",
    Action.ADOPT: "{} to adopt",
    Action.ABANDON: "{} to abandon",
    Action.ACCEPT: "{} to accept",
    Action.REJECT: "{} to reject",
    Action.SUPERSEDE: "{} to supersede",
    Action.CHAIN: "{} to chain",
    Action.TAG: "{} to tag",
    Action.CANCEL: "{} to cancel",
    Action.RETIRE: "{} to retire",
}

#: What is told before the stages.
_FIRST = frozenset({Action.REFUSE, Action.REVIEW})

#: Reasons that say what bounds the sending.
_BOUNDS = frozenset({Reason.LIMIT, Reason.OVER_COUNT, Reason.OUTPUT_BUSY, Reason.PAUSED})

_NOT_ALLOWED = {Reason.NOT_APPROVED: "not approved", Reason.OVER_BUDGET: "over budget"}

#: So many waiting groups are still named one by one.
_FEW = 3


@dataclass(frozen=True, slots=True)
class Cluster:
    """Items of a stage with the same action, step, reason and detail."""

    action: Action
    step: str
    reason: Reason
    items: tuple[Item, ...]
    same: bool

    @property
    def why(self) -> str:
        """The reason, with its detail where all items have the same."""
        detail = self.items[0].detail
        return f"{self.reason.words}: {detail}" if self.same and detail else self.reason.words

    @property
    def foldable(self) -> bool:
        """Whether one line tells of all: many groups that wait for the same."""
        return self.action is Action.WAIT and self.same and len(self.items) > _FEW

    @property
    def groups(self) -> str:
        """Its groups, counted, with the first and the last."""
        first, last = (str(i.subject).rpartition("/")[2] for i in (self.items[0], self.items[-1]))
        return f"{count(len(self.items), 'group')} of {self.step}, {first} … {last}"


def sign(action: Action) -> str:
    """Return the sign of an action."""
    return SIGNS.get(action, AWAY)


def counts(plan: Plan) -> dict[Action, int]:
    """Return how many items each action has, in the order of actions."""
    found = dict.fromkeys(Action, 0)
    for item in plan.items():
        found[item.action] += 1
    return {action: n for action, n in found.items() if n}


def summary(plan: Plan) -> str:
    """Return in one sentence what would be done, and what stands in the way."""
    found = counts(plan)
    acts = [words.format(f"{found[a]:,}") for a, words in _COUNTED.items() if a in found]
    said = [", ".join(acts) or "nothing to do"]
    asks = [f"{found[Action.REFUSE]:,} refused"] if Action.REFUSE in found else []
    blocked = sum(_blocked(item) for item in plan.items())
    if many := found.get(Action.REVIEW, 0) + blocked:
        asks.append(f"{many:,} {'needs' if many == 1 else 'need'} a person")
    held = Counter(item.reason for item in plan.items() if not_allowed(item))
    asks += [f"{many:,} {_NOT_ALLOWED[reason]}" for reason, many in sorted(held.items(), key=_by_name)]
    if many := found.get(Action.WAIT, 0) - blocked - held.total():
        asks.append(f"{many:,} {'waits' if many == 1 else 'wait'}")
    return "; ".join([*said, *([", ".join(asks)] if asks else [])])


def source(plan: Plan) -> str:
    """Return what the plan was made from."""
    made = plan.source
    spec = f"{made.spec} at {short(made.commit)}" if made.commit else f"{made.spec} (working tree)"
    ledger = f"ledger {short(made.ledger)}" if made.ledger else "no ledger yet"
    said = [f"plan {short(plan.digest)}"] if plan.digest else []
    said += [spec, ledger]
    said += [f"selected {' '.join(made.selectors)}"] if made.selectors else []
    said += [f"at most {count(made.limit, 'submission')}"] if made.limit is not None else []
    return ", ".join(said)


def clusters(items: Iterable[Item]) -> list[Cluster]:
    """Return items that are told together, in the order in which the first of each comes."""
    found: dict[tuple[Action, str, Reason], list[Item]] = {}
    for item in items:
        found.setdefault((item.action, item.subject.step, item.reason), []).append(item)
    made = []
    for (action, step, reason), each in found.items():
        same = len({item.detail for item in each}) == 1
        made.append(Cluster(action, step, reason, tuple(each), same))
    return made


def bounds(plan: Plan) -> Iterator[tuple[str, int]]:
    """Yield what bounds the sending, and how many groups wait for it; the most first."""
    found: dict[str, int] = {}
    for item in plan.items():
        if item.action is Action.WAIT and item.reason in _BOUNDS:
            said = f"{item.reason.words}: {item.detail}" if item.detail else item.reason.words
            found[said] = found.get(said, 0) + 1
    yield from sorted(found.items(), key=lambda pair: -pair[1])


def cost(items: Iterable[Item]) -> str:
    """Return what is known of the cost of items; empty where nothing is."""
    acting = [item for item in items if item.action not in IDLE]
    known = [item.cost for item in acting if item.cost is not None]
    quanta = [c.quanta for c in known if c.quanta is not None]
    hours = [c.core_hours for c in known if c.core_hours is not None]
    said = [f"{count(sum(quanta), 'quantum', 'quanta')}{_of(quanta, acting)}"] if quanta else []
    if hours:
        low, high = sum(h[0] for h in hours), sum(h[1] for h in hours)
        said.append(f"{core_hours(low, high)}{_of(hours, acting)}")
    return ", ".join(said)


def core_hours(low: float, high: float) -> str:
    """Return an estimate in words; small figures are not rounded to nothing."""
    return (
        " to ".join(f"{hours:,.0f}" if hours >= 10 else f"{hours:.2g}" for hours in (low, high))
        + " core-hours"
    )


def _of(known: Sequence[object], acting: Sequence[Item]) -> str:
    return "" if len(known) == len(acting) else f" (known for {len(known):,} of {len(acting):,})"


def subject(item: Item) -> str:
    """Return what an item is about: a group, a workflow, a step, or the whole campaign."""
    return str(item.subject) or "the campaign"


def place(span: Span | None) -> str:
    """Return where an item is asked for; empty where nothing says so."""
    return "" if span is None else f"{span.file}:{span.line}"


def command(plan: Plan) -> str:
    """Return the command that shows the whole plan."""
    selectors = join(plan.source.selectors) or plan.source.campaign
    limit = "" if plan.source.limit is None else f" --limit {plan.source.limit}"
    return f"cmcompile plan {selectors}{limit}"


def explained(plan: Plan) -> str:
    """Return the command that shows all that is known of a plan."""
    return f"{command(plan)} --explain"


def next_command(plan: Plan) -> str:
    """Return what to type next where the command line does not say."""
    asks = urgent(plan)
    told = (*asks, *(item for item in plan.items() if not_allowed(item)))
    found = next((item.next for item in told if item.next), "")
    if found:
        return found
    return explained(plan) if plan.acts or asks else f"cmcompile status {plan.source.campaign}"


def urgent(plan: Plan) -> tuple[Item, ...]:
    """Return what is refused, then what needs a person, then what such a thing stands in the way of."""
    refused = [i for i in plan.items() if i.action is Action.REFUSE]
    review = [i for i in plan.items() if i.action is Action.REVIEW]
    return (*refused, *review, *(i for i in plan.items() if _blocked(i)))


def kind(item: Item) -> str:
    """Return in one word why an item is urgent."""
    if item.action is Action.WAIT:
        return "blocked"
    return "refused" if item.action is Action.REFUSE else "review"


def _blocked(item: Item) -> bool:
    return item.action is Action.WAIT and item.reason is Reason.BLOCKED_BY_REVIEW


def not_allowed(item: Item) -> bool:
    """Tell whether an item is not approved, or beyond a budget."""
    return item.action is Action.WAIT and item.reason in NOT_ALLOWED


def _by_name(pair: tuple[Reason, int]) -> str:
    return str(pair[0].value)


def rest(plan: Plan) -> Iterator[tuple[StageName, tuple[Item, ...]]]:
    """Yield the stages without what is told first; none is empty."""
    for stage in plan.stages:
        items = tuple(i for i in stage.items if i.action not in _FIRST and not _blocked(i))
        if items:
            yield stage.name, items


def removed(item: Item) -> tuple[str, ...]:
    """Return the collections that an item removes."""
    return tuple(filter(None, item.preconditions.get("removes", "").split(", ")))


def counting(item: Item, plan: Plan) -> str:
    """Return the command that counts what would be removed."""
    return join(["cmcompile", "outputs", f"{plan.source.campaign}/{item.subject}"])
