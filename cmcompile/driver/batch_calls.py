"""What is said to a batch system: its own commands, each once, and what their answers mean."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmcompile.batch.document import Document
from cmcompile.batch.run_files import ranges
from cmcompile.batch.which import name_in, name_question, options_of, settings_of
from cmcompile.model.child import NoReply

#: Seconds for a question before the gate, and for the one call after it: a busy controller takes its time.
ASKING, CALLING = 120.0, 600.0
_SHOWN = 500
_LARGEST = re.compile(r"^MaxArraySize\s*=\s*([0-9]+)", re.MULTILINE)
_SLURM_ID = re.compile(r"([1-9][0-9]*)(?:;[^\s;]+)?\s*\Z")
_CONDOR_ID = re.compile(r"([1-9][0-9]*)\.[0-9]+ - \1\.[0-9]+\s*\Z")
#: What the trial of a submission says that the submission would say too. Others may pass: a partition that is
#: down, say, takes jobs all the same.
_CERTAIN = re.compile(
    r"invalid|denied|not permitted|unrecognized|illegal|unable to open|no such|exceed|violat|unknown|"
    r"error: unable to contact|must be|missing",
    re.IGNORECASE,
)
#: Bytes of one argument of a program: Linux takes 128 KiB.
_LONGEST = 120_000
#: Begin the names of variables that the commands of batch systems read.
_OWN = ("SLURM_", "SBATCH_", "_CONDOR_", "CONDOR_")
#: Trying again may help.
_PASSING = re.compile(r"unable to contact|timed out|temporarily|connection refused", re.IGNORECASE)


class RefusedError(Exception):
    """The batch system would not take the jobs, or can't be asked; nothing was submitted.

    Attributes
    ----------
    transient
        Whether trying again may help without an edit.
    """

    def __init__(self, why: str, *, transient: bool = False) -> None:
        super().__init__(why)
        self.transient = transient


@dataclass(frozen=True, slots=True)
class Calls:
    """The commands of one submission.

    Attributes
    ----------
    trial
        Says what is wrong with it; the batch system is not asked for a run.
    call
        Asks for the run.
    read
        Returns the id of the answer; None: it holds none.
    environ
        Its variables.
    """

    trial: tuple[str, ...]
    call: tuple[str, ...]
    read: Callable[[str], str | None]
    environ: Mapping[str, str]


def handed_on(environ: Mapping[str, str], secrets: Collection[str]) -> dict[str, str]:
    """Return the variables for a submission, which its batch system may keep and hand on to jobs.

    Secrets are none of them, but for those that its own commands read.
    """
    hidden = {name for name in secrets if not name.startswith(_OWN)}
    return {name: value for name, value in environ.items() if name not in hidden}


def calls_of(
    document: Document, name: str, place: Path, jobs: Sequence[int], environ: Mapping[str, str]
) -> Calls:
    """Return what is said to submit some jobs.

    Parameters
    ----------
    name
        Of the run.
    place
        The submit directory; absolute.
    """
    environ = {**environ, **settings_of(document.system, document.where)}
    to = options_of(document.system, document.where)
    if document.system == "slurm":
        array = (
            *to,
            f"--job-name={name}",
            f"--array={ranges(jobs)}",
            f"--chdir={place}",
            document.submit,
        )
        return Calls(("sbatch", "--test-only", *array), ("sbatch", "--parsable", *array), _slurm_id, environ)
    own = (*to, "-batch-name", name, document.submit)
    dry = ("condor_submit", "-dry-run", "/dev/null", *own)
    return Calls(dry, ("condor_submit", "-terse", *own), _condor_id, environ)


def _slurm_id(said: str) -> str | None:
    found = _SLURM_ID.match(said.strip())
    return None if found is None else found[1]


def _condor_id(said: str) -> str | None:
    found = _CONDOR_ID.match(said.strip())
    return None if found is None else found[1]


def cluster_of(document: Document, environ: Mapping[str, str], jobs: Sequence[int]) -> str:
    """Return what the batch system calls itself; it must be able to take so many jobs at once.

    Raises
    ------
    RefusedError
        When it can't be asked, or can't take them.
    """
    environ = {**environ, **settings_of(document.system, document.where)}
    question = name_question(document.system, document.where)
    said = _answered(question, environ)
    cluster = name_in(document.system, said)
    if cluster is None:
        raise RefusedError(f"the batch system does not say which one it is: see `{shlex.join(question)}`")
    if document.system != "slurm":
        return cluster
    if len(ranges(jobs)) > _LONGEST:
        raise RefusedError(
            f"{len(jobs)} jobs in so many gaps can't be named in one call: cut the step into smaller groups"
        )
    largest = _LARGEST.search(said)
    if largest is not None and max(jobs) >= int(largest[1]):
        raise RefusedError(
            f"job {max(jobs)} is beyond what cluster {cluster} takes in one array (MaxArraySize is "
            f"{largest[1]}): cut the step into smaller groups"
        )
    return cluster


def tried(calls: Calls, place: Path) -> None:
    """Try a submission without asking for a run.

    Raises
    ------
    RefusedError
        When it is certain that it would be refused.
    """
    done = _run(calls.trial, calls.environ, place)
    said = f"{done.stderr} {done.stdout}"
    # What HTCondor tries reads the file, and asks nobody.
    if done.returncode and (calls.trial[0] != "sbatch" or _CERTAIN.search(said)):
        raise RefusedError(
            f"{calls.trial[0]} would refuse it: {_shown(done.stderr or done.stdout)}",
            transient=_PASSING.search(said) is not None,
        )


def called(calls: Calls, place: Path) -> str | NoReply:
    """Ask for the run, once, and return its id; whatever is not an id is no reply."""
    program = calls.call[0]
    try:
        done = subprocess.run(
            calls.call,
            cwd=place,
            env=dict(calls.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=CALLING,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return NoReply(f"{program} gave no reply within {CALLING:g} s")
    except OSError as error:
        return NoReply(f"{program} can't be run: {error.strerror}")
    run_id = calls.read(done.stdout)
    if run_id is not None:
        # Also where it ended with an error: the jobs are there.
        return run_id
    said = _shown(done.stderr or done.stdout) or "it said nothing"
    return NoReply(f"{program} ended with {done.returncode} and gave no id: {said}")


def _answered(command: Sequence[str], environ: Mapping[str, str]) -> str:
    done = _run(command, environ, None)
    if done.returncode:
        said = _shown(done.stderr or done.stdout)
        raise RefusedError(f"{command[0]} can't ask the batch system: {said}", transient=True)
    return done.stdout


def _run(
    command: Sequence[str], environ: Mapping[str, str], place: Path | None
) -> subprocess.CompletedProcess[str]:
    program = shutil.which(command[0], path=environ.get("PATH"))
    if program is None:
        raise RefusedError(
            f"there is no program {command[0]} on PATH: submit from a machine that has the batch system, or "
            "name an environment that sets it up"
        )
    try:
        return subprocess.run(
            [program, *command[1:]],
            cwd=place,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ASKING,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RefusedError(f"{command[0]} gave no answer within {ASKING:g} s", transient=True) from None
    except OSError as error:
        raise RefusedError(f"{command[0]} can't be run: {error.strerror}", transient=True) from None


def _shown(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…"
