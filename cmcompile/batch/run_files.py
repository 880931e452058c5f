"""The files of one run of a batch step: how they are called, and what the small ones hold.

The submit directory holds what was compiled, what its jobs leave, and what the batch system said of them: it
forgets a job some minutes after its end, unless it keeps accounts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from urllib.parse import quote, unquote

from cmcompile.batch.errors import BatchFileError

#: The document as it was submitted, and what the script reads and writes beside it.
DOCUMENT = "submit.yaml"
RUN_FILE, NUMBERS, SKIPPED = "run.txt", "numbers.txt", "skipped.tsv"
SIGNALS, WORK, LOGS = "signals", "work", "logs"
#: What is about to be asked; the ids that the run got; what the batch system said of jobs that had ended.
GIVEN, TAKEN, SEEN = "given.json", "taken.txt", "seen.tsv"
#: Output runs of the group that counted no more when this one was prepared, one per line: what their jobs had
#: made was not taken over.
VOID = "void.txt"
#: That a person, or a plan, asked for the end of the run.
CANCEL = "cancel"
#: No payload may be called so.
RESERVED = frozenset(
    [DOCUMENT, RUN_FILE, NUMBERS, SKIPPED, SIGNALS, WORK, LOGS, GIVEN, TAKEN, SEEN, VOID, CANCEL]
)
#: Below the area: a file for each run that was ever prepared, called by its name and holding its `Given`.
INDEX = "submit/.cmcompile/batch"
_MOST_ID = 60


def index_name(run: str) -> str:
    """Return what the file of a run is called in the index."""
    return quote(run, safe="")


def indexed(name: str) -> str:
    """Return the run that a file of the index is of."""
    return unquote(name)


@dataclass(frozen=True, slots=True)
class Given:
    """What is about to be asked of a batch system, written before it is asked.

    Attributes
    ----------
    run
        Its name there.
    path
        The submit directory, below the area.
    cluster
        What the batch system calls itself: a run is never looked for in another one.
    user
        Who asked: some systems show jobs to nobody else.
    """

    run: str
    path: str
    service: str
    where: str = ""
    cluster: str = ""
    user: str = ""


def given_bytes(given: Given) -> bytes:
    """Return the file of what is asked."""
    return json.dumps(asdict(given), indent=1, ensure_ascii=False).encode() + b"\n"


def read_given(data: bytes) -> Given:
    """Read it.

    Raises
    ------
    BatchFileError
        When it is not what `given_bytes` writes.
    """
    try:
        found = json.loads(data)
        texts = {field.name: found[field.name] for field in fields(Given)}
    except (ValueError, TypeError, KeyError) as error:
        raise BatchFileError("record of a run", 0, f"it can't be read: {error}") from None
    if not all(isinstance(value, str) for value in texts.values()):
        raise BatchFileError("record of a run", 0, "it holds what is no text")
    return Given(**texts)


def skipped_bytes(skipped: Iterable[tuple[int, str]]) -> bytes:
    """Return the file of jobs that are left out, with why."""
    lines = (f"{job}\t{' '.join(why.split())}\n" for job, why in sorted(skipped))
    return ("job\treason\n" + "".join(lines)).encode()


def read_skipped(data: bytes) -> dict[int, str]:
    """Return the jobs that were left out, with why.

    Raises
    ------
    BatchFileError
        When it is not what `skipped_bytes` writes.
    """
    found: dict[int, str] = {}
    for number, line in enumerate(_lines(data, "list of jobs left out", "job\treason"), 2):
        job, tab, why = line.partition("\t")
        if not tab or not _is_number(job):
            raise BatchFileError("list of jobs left out", number, "no job with a reason")
        found[int(job)] = why
    return found


@dataclass(frozen=True, slots=True)
class Seen:
    """What a batch system said of a job that had ended.

    Attributes
    ----------
    job
        Its number in the table.
    state
        As `cmcompile.model.batch.JobFact.state`.
    word
        The system's own word, and its reason.
    exit
        None: not told.
    """

    run_id: str
    job: int
    state: str
    word: str
    exit: int | None = None
    reason: str = ""
    node: str = ""


def seen_bytes(seen: Iterable[Seen]) -> bytes:
    """Return lines to be added to the file of what was said."""
    return "".join(f"{_seen_line(one)}\n" for one in seen).encode("utf-8", "replace")


def _seen_line(one: Seen) -> str:
    texts = (one.run_id, str(one.job), one.state, one.word, "" if one.exit is None else str(one.exit))
    return "\t".join(" ".join(text.split()) for text in (*texts, one.reason, one.node))


def read_seen(data: bytes) -> list[Seen]:
    """Return what was said; a line that was cut off, or that others wrote, is passed over."""
    found = []
    for line in data.decode("utf-8", "replace").split("\n"):
        parts = line.split("\t")
        if len(parts) != 7 or not _is_number(parts[1]) or not parts[2]:
            continue
        code = parts[4]
        exit_ = int(code) if _is_number(code) else None
        found.append(Seen(parts[0], int(parts[1]), parts[2], parts[3], exit_, parts[5], parts[6]))
    return found


def read_taken(data: bytes) -> tuple[str, ...]:
    """Return the ids that a run has got: one, unless somebody submitted it again by hand."""
    words = dict.fromkeys(data.decode("utf-8", "replace").split())
    return tuple(word for word in words if is_id(word))


def is_id(text: str) -> bool:
    """Tell whether a text can be the id of a run in a batch system."""
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_ID


def ranges(numbers: Iterable[int]) -> str:
    """Return numbers as an array of Slurm: ``1-3,7``."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in found)


def _lines(data: bytes, what: str, header: str) -> list[str]:
    first, *rest = data.decode("utf-8", "replace").split("\n")
    if first != header or rest[-1:] != [""]:
        raise BatchFileError(what, 1, "it was cut off, or is none")
    return rest[:-1]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18
