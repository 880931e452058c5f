"""The ledger: its remote, what that lets be done, and facts that are kept here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from cmcompile.doctor.case import Case
from cmcompile.doctor.check import Base
from cmcompile.doctor.reading import Heard
from cmcompile.model.checkup import Answers, Question, Result
from cmcompile.model.codes import doctor as codes

#: A command in an error of the ledger.
_QUOTED = re.compile(r"'(git [^']+)'")
LEDGER = Question("ledger", "")
PROTECTION = Question("protection", "")


class Ledger(Base):
    """The remote answers, has the ledger, and takes what is written."""

    name: ClassVar[str] = "ledger"
    code = codes.LEDGER
    quick: ClassVar[bool] = True

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask the remote."""
        del case
        yield LEDGER

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Say what is in the way of writing."""
        where = f"the remote {case.remote}" if case.remote else "this repository"
        heard = self.heard(answers, LEDGER, f"whether {where} has the ledger is not known")
        if not isinstance(heard, Heard):
            yield heard
        elif words := heard.text("unreached"):
            yield self.fault(
                f"{where} can't be asked: {words}",
                "see that it is up, and that git may log in there without a question",
                f"git ls-remote {case.remote}",
            )
        elif words := heard.text("broken"):
            # It says itself what helps.
            what, _, fix = words.partition("; ")
            command = _QUOTED.search(fix)
            yield self.fault(what, fix or "find out who did that", command[1] if command else "")
        elif heard.flag("there") is False:
            yield self.fault(
                f"{where} has no ledger of {case.campaign}",
                "make it, once",
                f"cmcompile ledger init {case.campaign}",
            )
        elif words := heard.text("refused"):
            yield self.fault(
                f"{where} lets you read the ledger, and not write to it: {words}",
                "ask for the right to push to branches cm/*",
                f"git push --dry-run {case.remote} refs/heads/cm/{case.campaign}",
            )
        else:
            yield self.fine(f"{where} has the ledger, and takes what you write")


class Protection(Base):
    """The remote refuses that a ledger is deleted or rewritten, as far as can be seen without pushing."""

    name: ClassVar[str] = "protection"
    code = codes.PROTECTION
    quick: ClassVar[bool] = True
    after: ClassVar[tuple[str, ...]] = ("ledger",)

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask for settings of the remote, and for what an earlier trial left there."""
        del case
        yield PROTECTION

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Say what is let through; what can't be seen is unknown."""
        heard = self.heard(answers, PROTECTION, "what may be done to the ledger is not known")
        if not isinstance(heard, Heard):
            yield heard
            return
        if not case.remote:
            said = "the ledger is a branch of this repository, and may be deleted or rewritten by a slip"
            yield self.fault(said, "keep it at a remote that refuses that", "git remote add origin ADDRESS")
            return
        words = {"delete": heard.text("delete"), "rewrite": heard.text("rewrite")}
        how = heard.text("how")
        setting = {"delete": "receive.denyDeletes", "rewrite": "receive.denyNonFastForwards"}
        place, by = heard.text("place"), f" ({how})" if how else ""
        done = {"delete": "deleted", "rewrite": "rewritten"}
        for name in (name for name, said in words.items() if said == "allowed"):
            fix = "refuse it: " + (
                "this setting does" if place else "a rule for branches cm/* does, or a setting of the server"
            )
            command = f"git -C {place} config {setting[name]} true" if place else ""
            yield self.fault(f"the remote {case.remote} lets a ledger be {done[name]}{by}", fix, command)
        if "cannot tell" in words.values() or "" in words.values():
            yield self.unknown(
                f"whether the remote {case.remote} lets a ledger be deleted or rewritten can't be seen "
                "without pushing",
                "this tries it on a branch of its own; what it finds is seen here from then on",
                f"cmcompile ledger check {case.campaign}",
            )
        elif "allowed" not in words.values():
            yield self.fine(f"the remote {case.remote} refuses to delete or rewrite a ledger{by}")


class Spool(Base):
    """No fact waits to be sent, and another one could be kept."""

    name: ClassVar[str] = "spool"
    code = codes.SPOOL
    quick: ClassVar[bool] = True

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask for the files of the spool, and whether one more can be written."""
        yield Question("spool", "", (case.spool,))
        yield Question("writable", "", (case.spool,))

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Say what is kept."""
        flush = f"cmcompile ledger flush {case.campaign}"
        kept, write = (
            self.heard(answers, Question(kind, "", (case.spool,)), "what is kept is not known")
            for kind in ("spool", "writable")
        )
        if not isinstance(kept, Heard) or not isinstance(write, Heard):
            yield from (one for one in (kept, write) if isinstance(one, Result))
            return
        if fault := write.text("fault"):
            fix = "give yourself the right to write there, and room: a reply is kept there before it is sent"
            yield self.fault(f"facts can't be kept: {fault}", fix, f"ls -ld {case.spool}")
        if waiting := kept.texts("waiting"):
            some = "fact waits" if len(waiting) == 1 else "facts wait"
            yield self.fault(f"{len(waiting)} {some} in {case.spool}", "send them", flush)
        if aside := kept.texts("aside"):
            fix = "look at it: what it says is not in the ledger; then remove it"
            yield self.fault(f"{aside[0]} can't be read, and was put aside", fix, f"cat {aside[0]}")
        if not fault and not waiting and not aside:
            yield self.fine("nothing is kept, and something could be")
