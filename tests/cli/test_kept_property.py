"""A plan with what is kept is the plan without: for any edits, and however the ledger grows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kept_worlds import World

from cmcompile.model.body import SpecRef
from cmcompile.model.group import CompiledGroup
from cmcompile.version import EMIT

VISITS = [20260101000 + 7 * n for n in range(40)]

SPEC = """\
{top}cmcompile: 1
campaign: c
{extends}lists:
  visits: {{file: visits.txt{only}}}
  others: {{file: others.txt, columns: [tract]}}
vars: {{colour: {colour}, words: "x"}}
where: instrument='X' and skymap='s'{where}
inputs: [X/raw]
collect: u/c/{collect}
exclude:
{exclude}
bps:
  pipelineYaml: /p/x.yaml
  project: ${{{{ colour }}}}
  payload: {{payloadName: pn, butlerConfig: /repo}}
{include}step_defaults: {{collect: "${{{{ campaign.collect }}}}/${{{{ step.name }}}}"}}
steps:
  one:
    split: [{{by: visit, list: visits, {cut}}}]
{own}    extra:
      {by_hand}: {{visit: [5, 6, {extra}], because: by hand}}
    overrides:
    - {{groups: [1], because: b, bps: {{requestMemory: 1}}}}
    - {{groups: {{holds: {{visit: {held}}}}}, because: b, {hold}}}
{overrides}
    rescues:
      again:
        groups: {rescued}
        because: b
        bps: {{requestMemory: {memory}}}
      anew:
        groups: {anew}
        carry: false
        split: [{{by: detector, values: 0..{detectors}, size: 2}}]
        because: b
        overrides:
        - {{groups: [1], because: b, vars: {{words: yy}}}}
  two:
    needs: {needs}
    split: [{{by: tract, {tracts}}}{bands}]
    bps: {{operator: "${{{{ tract.value }}}} ${{{{ words }}}}{output}"}}
    overrides:
    - {{groups: {{holds: {{tract: 2}}}}, because: b, vars: {{words: z}}}}
{batch}"""

START = {
    "top": "",
    "extends": "",
    "only": "",
    "colour": "red",
    "where": "",
    "collect": "d",
    "exclude": "- {visit: [20260101014], because: b}",
    "include": "",
    "cut": "size: 5",
    "by_hand": "9001",
    "extra": "7",
    "held": str(VISITS[20]),
    "hold": "where: detector != 3",
    "own": "",
    "overrides": "",
    "rescued": "[1..3]",
    "anew": "[2, 3]",
    "bands": ", {by: band, values: [g, r]}",
    "memory": "5",
    "detectors": "7",
    "needs": "one",
    "tracts": "values: 1..4",
    "output": "",
    "batch": "",
}
#: A step of jobs: its list, a var, a payload file, and outputs that may clash.
JOBS = """\
  three:
    engine: batch
    batch: {system: slurm}
    split: [{by: tract, list: others, size: 2}]
    jobs:
      command: c ${{ words }}
      payload: inc.yaml
      outputs: /d/${{ job.tract }}
      resources: {memory: 2GB}
"""
RESCUED = "    rescues: {large: {because: b, jobs: {resources: {memory: 9GB}}}}\n"
#: What an author may write, and write again otherwise.
CHOICES = {
    "top": ["", "# a remark\n# and another\n"],
    "extends": ["", "extends: [lib.yaml]\n"],
    "only": ["", ', columns: [visit], only: {visit: ">20260101020"}'],
    "colour": ["red", "blue"],
    "where": ["", " and visit > 3", " and exposure > 3"],
    "collect": ["d", "e", "${{ words }}"],
    "exclude": [
        "- {visit: [20260101014], because: b}",
        "- {visit: [20260101014, 20260101021], because: b}",
        "- {visit: [20260101035], steps: [one], because: b}",
        "- {tract: [2], because: b}",
    ],
    "include": ["", "  includeConfigs: [inc.yaml]\n", "  includeConfigs: [/elsewhere/x.yaml]\n"],
    "cut": [
        "size: 5",
        "count: 7",
        "size: 5, limit: 4",
        "ranges: [[0, 20260101100], [20260101101, 30260101000]]",
    ],
    "by_hand": ["9001", "5"],
    "extra": ["7", "8"],
    "held": [str(VISITS[20]), str(VISITS[3])],
    "hold": ["where: detector != 3", "vars: {words: q}", "where: visit < 9"],
    "own": [
        "",
        "    collect: u/own\n",
        "    bps: {payload: {output: u/out}}\n",
        "    bps: {payload: {output: u/other}}\n",
        "    file: one/x${{ group.id }}.yaml\n",
        "    file: two/${{ group.id }}-g.yaml\n",
    ],
    "overrides": [
        "",
        "    - {groups: [4], because: b, bps: {requestMemory: 77}}",
        "    - {groups: [4, 5], because: b, where: 'visit != 20260101147'}",
        "    - {groups: [5], because: b, bps: {includeConfigs+: [inc.yaml]}}",
        "    - {groups: [2], because: b, bps: {requestMemory: '${{ nothing }}'}}",
        "    - {groups: [6], because: b, bps: {requestMemory: many}}",
    ],
    "rescued": ["[1..3]", "{holds: {visit: 20260101000}}"],
    "anew": ["[2, 3]", "{holds: {visit: 20260101000}}"],
    "bands": [", {by: band, values: [g, r]}", ""],
    "memory": ["5", "6"],
    "detectors": ["7", "8"],
    "needs": ["one", "{one: same}", "[one, one/again]", "[]"],
    "tracts": ["values: 1..4", "list: others", "values: [1, 2, 9]"],
    "output": ["", " ${{ steps.one.collect }}", " ${{ steps.one.output }}"],
    "batch": ["", JOBS, JOBS.replace("2GB", "3GB"), JOBS.replace("job.tract", "words"), JOBS + RESCUED],
}


@dataclass(frozen=True)
class Happening:
    """Something happens: to every so many groups, or to the spec."""

    what: str
    every: int = 1
    start: int = 0
    name: str = ""
    value: str = ""


edits = st.sampled_from(sorted(CHOICES)).flatmap(
    lambda name: st.tuples(st.just(name), st.sampled_from(CHOICES[name]))
)
#: Which groups something happens to: every so many, from one on.
some = st.tuples(st.integers(1, 5), st.integers(0, 4))
WORDS = "send send send again wrong members ranges excluded emit unread supersede lose grow insert include"
happenings = st.builds(lambda what, at: Happening(what, *at), st.sampled_from(WORDS.split()), some)
edited = edits.map(lambda e: Happening("edit", name=e[0], value=e[1]))
histories = st.lists(st.one_of(st.just(Happening("nothing")), happenings, edited), max_size=7)


class Play:
    """Plays a history, and compares after each happening."""

    def __init__(self, root: Path) -> None:
        self.values = dict(START)
        self.world = World(root, lambda: SPEC.format(**self.values))
        self.visits = list(VISITS)
        self.world.files = {
            "others.txt": "1\n2\n5\n",
            "inc.yaml": "requestCpus: 1\n",
            "lib.yaml": "cmcompile: 1\nvars: {words: lib}\n",
        }

    def happen(self, it: Happening) -> None:
        """Let something happen."""
        if it.what == "edit":
            self.values[it.name] = it.value
        else:
            self._record(it, self.world.compiled()[it.start :: it.every])
        self.world.files["visits.txt"] = "".join(f"{visit}\n" for visit in self.visits)

    def _record(self, it: Happening, groups: list[CompiledGroup]) -> None:
        world = self.world
        new = [g for g in groups if (g.group.step, g.group.id) not in world.records]
        ref = SpecRef("campaigns/c/campaign.yaml", "", "0.0.9", EMIT - 1)
        odd: dict[str, Callable[[], None]] = {
            "send": lambda: world.send(new),
            "again": lambda: world.send(groups),
            "wrong": lambda: world.send(new[:1], definition="f" * 64),
            "excluded": lambda: world.send(new[:1], excluded={"visit": (20260101000,)}),
            "emit": lambda: world.send(groups[:2], spec=ref, definition="e" * 64),
            "unread": lambda: world.send(new[:1], unread=True),
            "supersede": lambda: self._of_records(world.supersede, it),
            "lose": lambda: self._of_records(world.records.pop, it),
            "grow": lambda: self.visits.append(self.visits[-1] + 7),
            "insert": lambda: self.visits.insert(it.start, self.visits[it.start] - 1),
        }
        if it.what == "members" and new:
            self._with_other_ids(new[0])
        elif it.what == "ranges" and new:
            self._with_other_ranges(new[0])
        elif it.what == "include":
            world.files["inc.yaml"] = f"requestCpus: {it.every}\n"
        elif it.what == "library":
            world.files["lib.yaml"] = f"cmcompile: 1\nvars: {{words: lib{it.every}}}\n"
        elif it.what in odd:
            odd[it.what]()

    def _of_records(self, work: Callable[[tuple[str, str]], object], it: Happening) -> None:
        for key in list(self.world.records)[it.start :: it.every * 4]:
            work(key)

    def _with_other_ids(self, made: CompiledGroup) -> None:
        """Send a group with as many ids as it has, but others."""
        parts = [replace(part, ids=(*part.ids[:-1], _after(part.ids[-1]))) for part in made.group.parts]
        self.world.send([replace(made, group=replace(made.group, parts=tuple(parts)))])

    def _with_other_ranges(self, made: CompiledGroup) -> None:
        """Send a group with ranges that are not those of its ids: somebody edited the claim."""
        self.world.send([made])
        key = (made.group.step, made.group.id)
        record = self.world.records[key]
        claim = record.workflows[-1].claim
        assert claim is not None
        members = {
            axis: replace(m, ranges=tuple((lo, lo) for lo, _ in m.ranges))
            for axis, m in claim.members.items()
        }
        workflow = replace(record.workflows[-1], claim=replace(claim, members=members))
        self.world.records[key] = replace(record, workflows=(*record.workflows[:-1], workflow))


def _after(value: int | str) -> int | str:
    return value + 1 if isinstance(value, int) else value + "x"


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(histories, st.lists(st.booleans(), min_size=8, max_size=8))
def test_what_is_told_is_the_same(history: list[Happening], files: list[bool]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        play = Play(Path(folder))
        play.happen(Happening("nothing"))
        _compare(play, files=True)
        for happening, with_files in zip(history, files, strict=False):
            play.happen(happening)
            _compare(play, files=with_files)
            if not with_files:
                _compare(play, files=True)


def _compare(play: Play, *, files: bool) -> None:
    with_kept, without = play.world.agrees(files=files)
    assert with_kept == without


def _edit(name: str, which: int) -> Happening:
    return Happening("edit", name=name, value=CHOICES[name][which])


SEND = Happening("send")
#: What bears on what came before.
HISTORIES = {
    "a collection of another step": [_edit("output", 1), _edit("own", 1), _edit("own", 0)],
    "a collection that is named only": [_edit("needs", 3), _edit("output", 1), _edit("own", 1)],
    "an output of another step": [_edit("output", 2), _edit("own", 2), _edit("own", 3)],
    "a collection of a needed step": [_edit("needs", 2), _edit("own", 1), _edit("collect", 1)],
    "vars of a library": [
        _edit("collect", 2),
        _edit("extends", 1),
        Happening("library", 5),
        _edit("colour", 1),
    ],
    "an include": [
        _edit("include", 1),
        Happening("include", 3),
        _edit("overrides", 3),
        Happening("include", 4),
    ],
    "places of findings in files": [_edit("where", 2), _edit("top", 1), _edit("overrides", 1)],
    "places of findings in groups": [_edit("exclude", 3), _edit("top", 1)],
    "findings of another step's files": [_edit("include", 2), _edit("overrides", 1)],
    "another path": [_edit("batch", 1), _edit("own", 4), _edit("own", 5), _edit("top", 1)],
    "jobs, and what they are made from": [
        _edit("batch", 1),
        _edit("top", 1),
        Happening("include", 3),
        _edit("extends", 1),
        Happening("library", 5),
        _edit("batch", 2),
        _edit("batch", 4),
    ],
    "jobs that write the same": [_edit("batch", 1), _edit("batch", 3), _edit("top", 1), _edit("batch", 1)],
    "jobs that were sent": [_edit("batch", 1), SEND, _edit("batch", 2), _edit("batch", 4), SEND],
    "an exclusion of jobs": [_edit("batch", 1), _edit("exclude", 3), _edit("top", 1)],
    "cut anew, then sent": [
        _edit("rescued", 1),
        _edit("anew", 1),
        Happening("send", 3),
        _edit("cut", 1),
        Happening("send", 20, 5),
        Happening("send", 20, 4),
    ],
    "ids that are lost, then sent": [
        _edit("rescued", 1),
        _edit("anew", 1),
        Happening("send", 3),
        Happening("insert", start=1),
        Happening("send", 5, 3),
    ],
    "cut anew, then grown": [Happening("send", 3), Happening("insert", start=1), Happening("grow"), SEND],
    "a number by hand": [
        _edit("by_hand", 1),
        _edit("cut", 2),
        Happening("send", 20, 4),
        Happening("send", 4),
    ],
    "sent, then excluded": [
        Happening("send", 2),
        _edit("exclude", 1),
        Happening("send", 3),
        _edit("exclude", 0),
    ],
    "sent, then gone": [SEND, _edit("bands", 1), _edit("top", 1), Happening("send", 2)],
    "sent of what is not there": [SEND, _edit("tracts", 2), _edit("top", 1)],
    "sent, then altered": [SEND, _edit("overrides", 1), _edit("top", 1), _edit("overrides", 0)],
    "superseded, then altered": [SEND, Happening("supersede"), _edit("overrides", 1), _edit("colour", 1)],
    "lost, then altered": [SEND, Happening("lose"), _edit("colour", 1)],
    "sent again": [SEND, Happening("again", 2), _edit("colour", 1), Happening("again")],
    "sent as something else": [Happening("wrong"), Happening("wrong", 1, 3), _edit("top", 1), SEND],
    "sent with other ids": [Happening("members", 1, 2), Happening("members", 1, 20), SEND],
    "sent with other exclusions": [Happening("excluded"), SEND, _edit("exclude", 1)],
    "sent with other ranges": [Happening("ranges", 1, 2), _edit("top", 1), SEND],
    "sent again by another version": [
        Happening("emit"),
        _edit("top", 1),
        Happening("emit"),
        Happening("emit"),
    ],
    "sent by another version": [Happening("emit", 2), SEND, _edit("top", 1), Happening("emit", 1, 3), SEND],
    "sent, and no claim can be read": [Happening("unread", 1, 2), SEND, _edit("top", 1), _edit("colour", 1)],
    "grown": [Happening("send", 2), Happening("grow"), Happening("send", 3), Happening("grow"), SEND],
    "filtered": [_edit("only", 1), Happening("grow"), _edit("only", 0)],
}


@pytest.mark.parametrize("name", HISTORIES)
def test_what_bears_on_what_came_before(name: str, tmp_path: Path) -> None:
    play = Play(tmp_path)
    play.happen(Happening("nothing"))
    _compare(play, files=True)
    for happening in HISTORIES[name]:
        play.happen(happening)
        # Once with what was kept before it, once with what is kept of it.
        _compare(play, files=True)
        _compare(play, files=True)
        _compare(play, files=False)


@pytest.mark.parametrize("name", sorted(CHOICES))
def test_each_edit_alone(name: str, tmp_path: Path) -> None:
    play = Play(tmp_path)
    play.happen(Happening("nothing"))
    _compare(play, files=True)
    play.happen(Happening("send", 3, 1))
    for value in [*CHOICES[name], START[name]]:
        play.happen(Happening("edit", name=name, value=value))
        _compare(play, files=True)
        _compare(play, files=False)
