"""The tables of ``cmcompile sql``: names, types and meanings; the manual is made from them too."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes
    ----------
    kind
        SQLite's type; empty for ids, which are numbers or texts.
    """

    name: str
    kind: str
    about: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes
    ----------
    key
        The columns that tell its rows apart; none where rows may be alike.
    """

    name: str
    about: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()


_KINDS = {"t": "TEXT", "i": "INTEGER", "r": "REAL", "a": ""}


def _columns(text: str) -> tuple[Column, ...]:
    """Return columns written as ``name kind meaning``, a line each; kinds are t, i, r, a."""
    found = []
    for line in filter(None, text.splitlines()):
        name, kind, about = line.split(maxsplit=2)
        found.append(Column(name, _KINDS[kind], about))
    return tuple(found)


_CAMPAIGN = "campaign t the campaign\n"
_GROUP = _CAMPAIGN + "step t the step\ngroup_id t the group\n"
_WORKFLOW = _GROUP + "workflow t the workflow, w00 for the first\n"
_OF_WORKFLOW = ("campaign", "step", "group_id", "workflow")

TABLES: tuple[Table, ...] = (
    Table(
        "campaigns",
        "The campaigns that were asked for.",
        _columns(
            _CAMPAIGN
            + """
spec t the path of the spec file
commit_id t the tip of the ledger; null: it has none yet
at t when that commit was made, UTC
fresh i 1: the remote was asked for the tip; 0: it is that last seen
faults i files of the ledger that can't be read
complete i 1: the whole history of the branch is in this clone; 0: a part of it
"""
        ),
        ("campaign",),
    ),
    Table(
        "steps",
        "Steps of which the ledger says anything.",
        _columns(
            _CAMPAIGN
            + """
step t the step; _campaign is the campaign as a whole
groups i groups in the ledger, rescue groups among them
accepted i those of them that are accepted
rejected i those of them that are rejected
workflows i workflows of these groups
collection t the chained collection; null: none was made
retired i 1: its outputs were removed
"""
        ),
        ("campaign", "step"),
    ),
    Table(
        "groups",
        "Every group that the ledger knows. Groups that were never sent are in the spec only.",
        _columns(
            _GROUP
            + """
rescue t the rescue that it belongs to; null: the first pass
verdict t accepted or rejected; null: neither
state t the state of its newest workflow that counts
review t why a person must look; null: nobody must
detail t what was said with the review or the verdict
since t when the newest verdict or review was recorded
workflows i how many workflows it has
judged t the workflows that the verdict is about, with commas
superseded t the workflows that count no more, with commas
"""
        ),
        ("campaign", "step", "group_id"),
    ),
    Table(
        "workflows",
        "Every submission, and every claim that came to nothing.",
        _columns(
            _WORKFLOW
            + """
state t where it stands
live i 1: it is not known to be over
review t why a person must look; null: nobody must
detail t what was said last of a failure, an abandonment, a review
run_id t the id that the workload system gave
wms_says t its own word for the state
run t the RUN collection that it writes
run_name t the name that the workload system shows
wms t the BPS plugin class
wms_at t the server, queue or schedd
submit_path t BPS's submit directory
file t the path of the submit file in the compiled output
spec t the path of the spec
spec_commit t the commit that it was compiled from; null: it was not committed
spec_override t what was overridden on purpose: dirty, unpushed; null: nothing
version t the cmcompile that compiled it
emit i the number of the form of its bytes
definition t the digest of the group's definition
plan t the digest of the plan; null: there was none
item t the digest of the plan's item
claim t the id of the claim
gate t the id of the gate's event; null: no gate was passed
host t the host of the process that claimed it
claimed_at t when it was claimed
gated_at t when it passed its gate
since t when it came to its state
restarts i how often its run was taken up again
adopted i 1: the run was started outside and taken over
superseded i 1: it counts no more
quanta i quanta of its run; null: what became of them is not known
missing i those of them whose outputs are not there
core_seconds i what its quanta took; null: it was not measured
"""
        ),
        _OF_WORKFLOW,
    ),
    Table(
        "covers",
        "Which first-pass groups the workflows of rescue groups cover.",
        _columns(_WORKFLOW + "covered t the group of the first pass"),
        (*_OF_WORKFLOW, "covered"),
    ),
    Table(
        "events",
        "Every event that can be read, as it was recorded.",
        _columns(
            """
campaign t the campaign
step t the step
group_id t the group; null: it is about the step
workflow t the workflow; null: it is about the group or the step
number i its place among the events of the same subject
kind t what happened
id t its id, made at random
at t when, by the clock of who wrote it, UTC
by t who
ci t the page of the CI run; null: none
claim t the claim that it belongs to; null: none
decision t the decision that asked for it; null: none
path t its file on the branch
blob t the id of that file in git
body t what it says, as JSON
"""
        ),
        ("campaign", "path"),
    ),
    Table(
        "commits",
        "The commits of the branch, as far as this clone has them.",
        _columns(
            _CAMPAIGN
            + """
commit_id t the commit
place i its place in the history, 1 for the newest
at t when it was made, UTC
author t who wrote it, as git has it
message t what it says
"""
        ),
        ("campaign", "commit_id"),
    ),
    Table(
        "files",
        "Which commit added, changed or removed which file of the branch.",
        _columns(
            _CAMPAIGN
            + """
path t the file
commit_id t the commit
change t added, changed or removed
blob t the id of the file in git afterwards; null: it was removed
"""
        ),
        ("campaign", "path", "commit_id"),
    ),
    Table(
        "tasks",
        "What became of the quanta of each task of a workflow, and what they took.",
        _columns(
            _WORKFLOW
            + """
task t the task
quanta i its quanta; null: what became of them is not known
succeeded i those that succeeded
failed i those that failed
blocked i those that never ran since an input failed
other i those of which no source could tell
measured i quanta that left metadata; null: they were not measured
sampled i those of them whose metadata were read
cpu_seconds r CPU time of all
wall_seconds r wall time of all
wall_median r of one quantum, seconds
wall_max r of one quantum, seconds
memory_max i the largest resident memory, MiB
started t when the first of them began
ended t when the last of them ended
"""
        ),
        (*_OF_WORKFLOW, "task"),
    ),
    Table(
        "failures",
        "Quanta whose outputs are not there.",
        _columns(
            _WORKFLOW
            + """
task t the task
data_id t the data id, dimensions sorted
fault t failed, blocked (an input failed) or other
message t what was said of it
source t who told more: transform, pilot, ddm …; null: nobody
code i the number that it gave
site t where the job ran
attempts i how often it was tried
log t a link to its log
"""
        ),
    ),
    Table(
        "decisions",
        "Decisions that are written in decisions.yaml now, and those that the ledger names.",
        _columns(
            _CAMPAIGN
            + """
decision t its id
verb t what is decided; null: it is not written any more
step t of which step; null: of the whole campaign
group_id t of which group; null: of the step
workflow t of which workflow; null: of all
by t who decided
at t when
because t why
file t where it is written
line i the line there
used i events that name it
"""
        ),
        ("campaign", "decision"),
    ),
    Table(
        "members",
        "The data that each workflow was sent with: ranges of ids, by axis.",
        _columns(
            _WORKFLOW
            + """
axis t the dimension or the axis
lo a the first id of the range, a number or a text
hi a the last one; the same as lo for a single id
list t the list whose ids the range runs over; null: the ids themselves
ids i how many ids of this axis the group has in all
excluded i 1: these ids were left out of it
"""
        ),
    ),
    Table(
        "collections",
        "Collections that the ledger knows: runs, and those that cmcompile makes.",
        _columns(
            _CAMPAIGN
            + """
name t the collection
type t RUN, CHAINED or TAGGED
step t the step
group_id t the group of a run; null for the others
workflow t the workflow of a run; null for the others
holds i how many runs, or datasets, it holds; null: it was not made, or is a run
retired i 1: the outputs were removed
"""
        ),
    ),
    Table(
        "chains",
        "The runs of the chained collections, in their order.",
        _columns(
            _CAMPAIGN
            + """
collection t the chained collection
place i the place, 1 for what is searched first
step t the step of the run
group_id t the group of the run
workflow t the workflow of the run
run t the RUN collection; null: the ledger has no claim of it
"""
        ),
        ("campaign", "collection", "place"),
    ),
)

BY_NAME = {table.name: table for table in TABLES}


def ddl(table: Table) -> str:
    """Return the statement that makes a table; SQLite keeps its comments."""
    lines = []
    for number, column in enumerate(table.columns):
        last = number == len(table.columns) - 1 and not table.key
        typed = f"{column.name} {column.kind}".rstrip() + ("" if last else ",")
        lines.append(f"  {typed:24} -- {column.about}")
    if table.key:
        lines.append(f"  PRIMARY KEY ({', '.join(table.key)})")
    body = "\n".join(lines)
    return f"CREATE TABLE {table.name} ( -- {table.about}\n{body}\n)"
