"""A bare remote, its clones, and a campaign whose ledger is written and read by the real path."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from random import Random

from click.testing import CliRunner, Result
from ledger_builder import INCLUDE, MEMORY, SPEC, TEXT, Builder, Planted, git
from ledgers import StillClock
from repositories import make_bare, make_clone

from cmcompile.cli.main import cli
from cmcompile.ledger.backoff import Patience
from cmcompile.ledger.book import Ledger, open_ledger
from cmcompile.ledger.git_store import GitStore
from cmcompile.ledger.transact import decide, record
from cmcompile.ledger.view import View
from cmcompile.model.event import Body, Draft, Observed
from cmcompile.model.transaction import Decided, Proposal, Recorded, Stop
from cmcompile.state.fold import LedgerFolding

BRANCH = "refs/heads/cm/c"
SEEN = "refs/cmcompile/remotes/origin/cm/c"
AT = "2026-11-20T08:00:00Z"


@dataclass(slots=True)
class Clone:
    """A clone of the remote, as one process uses it."""

    root: Path

    def run(self, *args: str) -> Result:
        """Run cmcompile in it; an internal error is never an answer."""
        with contextlib.chdir(self.root):
            result = CliRunner().invoke(cli, list(args))
        assert result.exit_code != 70, result.output
        return result

    def ledger(self, tries: int = 5) -> Ledger:
        """Return the ledger as a new process would have it; waiting takes no time."""
        store = GitStore(self.root, "c", "origin")
        ledger = open_ledger(store, LedgerFolding(), self.root, "c")
        ledger.clock, ledger.random, ledger.patience = StillClock(), Random(1), Patience(tries=tries)
        return ledger

    def planted(self, group: str) -> Planted:
        """Return a submission of a group as the newest spec compiles to it, with a new claim id."""
        builder = Builder(self.root, "c")
        builder.ids = int.from_bytes(Random(f"{self.root}{group}").randbytes(3), "big")
        return builder.make(group, git(self.root, "rev-parse", "HEAD"))

    def claiming(self, group: str) -> Proposal:
        """Return the proposal of a claim with its as-run files."""
        made = self.planted(group)
        files = {made.file(name): data for name, data in made.files.items()}
        return Proposal((drafted(made, made.claim),), files, f"claim {made.subject}")

    def claim(self, group: str, *, tries: int = 5) -> Decided:
        """Claim a group that is free."""
        proposal = self.claiming(group)

        def judge(view: View) -> Proposal | Stop:
            found = view.state.groups.get(("step1", group))
            return proposal if found is None or not found.live else Stop("it is live", 4)

        return decide(self.ledger(tries), judge)

    def observe(self, claim: Proposal, state: str) -> Recorded:
        """Record a fact of a claim."""
        (draft,) = claim.drafts
        fact = Draft(
            draft.subject, f"{abs(hash(state)):016x}"[:16], AT, "ci", Observed(state, "x"), draft.claim
        )
        return record(self.ledger(), Proposal((fact,), {}, "seen"))


def drafted(made: Planted, body: Body, id_: str = "") -> Draft:
    return Draft(made.subject, id_ or made.claim_id[::-1], AT, "ci", body, made.claim_id)


class Place:
    """The remote, and what stands in it."""

    def __init__(self, path: Path) -> None:
        self.remote = make_bare(path / "remote.git")
        self._path = path
        self._clones = 0
        first = self.clone()
        (first.root / INCLUDE).parent.mkdir(parents=True)
        (first.root / SPEC).write_text(TEXT, encoding="utf-8")
        (first.root / INCLUDE).write_text(MEMORY, encoding="utf-8")
        git(first.root, "add", ".")
        git(first.root, "commit", "-q", "-m", "A campaign")
        git(first.root, "push", "-q", "origin", "HEAD:refs/heads/main")

    def clone(self, *options: str) -> Clone:
        self._clones += 1
        return Clone(make_clone(self.remote, self._path / f"clone{self._clones}", *options))

    def refs(self) -> str:
        """Return all refs of the remote: as they are, so are the bytes behind them."""
        return git(self.remote, "for-each-ref", "--format=%(refname) %(objectname)")

    def tip(self) -> str:
        return git(self.remote, "rev-parse", BRANCH)

    def commits(self) -> list[str]:
        return git(self.remote, "rev-list", "--reverse", BRANCH).split()

    def files(self) -> dict[str, str]:
        """Return the ids of the files on the branch."""
        found = {}
        for line in git(self.remote, "ls-tree", "-r", BRANCH).splitlines():
            about, _, path = line.partition("\t")
            found[path] = about.split()[2]
        return found

    def write(self, *lines: str, base: str | None = BRANCH) -> str:
        """Make a commit on the branch as somebody would who does not use cmcompile; return its id."""
        parent = "" if base is None else f"from {base}^0\n"
        stream = f"commit {BRANCH}\ncommitter Eve <eve@test.invalid> 1793600000 +0000\ndata 1\nx\n{parent}"
        git(self.remote, "fast-import", "--quiet", "--force", stdin=stream + "\n".join(lines) + "\n")
        return self.tip()


def added(path: str, text: str) -> str:
    """Return the line of fast-import that writes a file."""
    return f"M 100644 inline {path}\ndata {len(text.encode())}\n{text}"
