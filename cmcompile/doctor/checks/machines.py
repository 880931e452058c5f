"""The machine at hand: its directories, room, clock, and Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from cmcompile.doctor.case import Case
from cmcompile.doctor.check import Base, first_of, once
from cmcompile.doctor.checks.ledgers import LEDGER
from cmcompile.doctor.checks.repositories import opening
from cmcompile.doctor.checks.systems import recorded
from cmcompile.doctor.reading import Heard
from cmcompile.model.checkup import Answers, Question, Result
from cmcompile.model.codes import doctor as codes
from cmcompile.report.outputs import size

#: Seconds that clocks may differ: certificates and tokens allow for no more, and the order of events is told
#: by times.
SKEW = 60.0
#: A campaign makes thousands of files, each quantum some; with fewer left a disk is full.
_FILES = 10_000


class Area(Base):
    """The area, where BPS runs, can be written to."""

    name: ClassVar[str] = "area"
    code = codes.AREA
    quick: ClassVar[bool] = True

    def asks(self, case: Case) -> Iterator[Question]:
        """Write a file, and remove it."""
        yield Question("writable", "", (case.area,))

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Say why it can't be written to."""
        heard = self.heard(answers, Question("writable", "", (case.area,)), "the area is not known")
        if not isinstance(heard, Heard):
            yield heard
        elif fault := heard.text("fault"):
            yield self.fault(
                f"the area {case.area} can't be written to: {fault}",
                "give yourself the right, or choose another area",
                "git config cmcompile.area DIRECTORY",
            )
        elif heard.flag("made"):
            yield self.fault(f"the area {case.area} is not there", "make it", f"mkdir -p {case.area}")
        else:
            yield self.fine(f"{case.area} can be written to")


class Room(Base):
    """Disks and quotas have room wherever a campaign writes."""

    name: ClassVar[str] = "room"
    code = codes.ROOM
    quick: ClassVar[bool] = True

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask for the area, the spool and the records; Butlers tell of their files when they are opened."""
        places = [case.area, case.spool]
        places += [use.wms.where for use in case.uses if use.wms and recorded(use.wms) and use.wms.where]
        return once(Question("room", "", (place,)) for place in places)

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Say where there is too little, once for each disk."""
        found: dict[str, tuple[str, Heard]] = {}
        for question in self.asks(case):
            heard = self.heard(answers, question, f"the room in {question.about[0]} is not known")
            if isinstance(heard, Heard):
                found.setdefault(heard.text("device"), (question.about[0], heard))
            else:
                yield heard
        for place, heard in _roots(case, answers):
            found.setdefault(heard.text("device"), (place, heard))
        results = [
            r for place, heard in found.values() if (r := self._judged(case, place, heard)) is not None
        ]
        yield from results
        if found and not results:
            least = min(heard.number("free") or 0 for _, heard in found.values())
            yield self.fine(
                f"{size(int(least))} are free where there is least, and {size(case.room)} are wanted"
            )

    def _judged(self, case: Case, place: str, heard: Heard) -> Result | None:
        free, quota, files = heard.number("free"), heard.number("quota"), heard.number("files")
        fix = "make room, or write elsewhere; --room says how much is wanted"
        if free is None:
            return self.unknown(f"how much room there is in {place} is not told", "look", f"df -h {place}")
        if free < case.room:
            said = f"the disk of {place} has {size(int(free))} left, and {size(case.room)} are wanted"
            return self.fault(said, fix, f"df -h {place}")
        if files is not None and files < _FILES:
            return self.fault(f"the disk of {place} takes {files:.0f} more files only", fix, f"df -i {place}")
        if quota is not None and quota < case.room:
            said = f"a quota leaves {size(int(max(0.0, quota)))} to you, and {size(case.room)} are wanted"
            return self.fault(said, fix, "quota -s")
        if silent := heard.text("silent"):
            return self.unknown(
                f"how much a quota leaves in {place} is not known: {silent}", "ask", "quota -s"
            )
        return None


class Clock(Base):
    """The clock agrees with those of the ledger and of the file server, as far as they show."""

    name: ClassVar[str] = "clock"
    code = codes.CLOCK
    quick: ClassVar[bool] = True

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask for the newest commit of the ledger, and for the time of a file that is written now."""
        yield LEDGER
        yield Question("writable", "", (case.area,))

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Say whose clock differs; a commit of the past says nothing."""
        known, wrong = False, False
        for question, name, what in (
            (LEDGER, "ahead", "the newest commit of the ledger was made"),
            (
                Question("writable", "", (case.area,)),
                "skew",
                f"the clock of the file server of {case.area} is",
            ),
        ):
            answer = answers.get(question)
            seconds = Heard(answer).number(name) if isinstance(answer, dict) else None
            known = known or seconds is not None
            if seconds is not None and (seconds > SKEW or (name == "skew" and seconds < -SKEW)):
                wrong = True
                said = (
                    f"{what} {abs(seconds):,.0f} s in the {'future' if seconds > 0 else 'past'} of this clock"
                )
                yield self.fault(said, "set the clock, here or there", "timedatectl status")
        if not known:
            yield self.unknown(
                "whether the clock is right is not known: nothing shows another one", "look", "date"
            )
        elif not wrong:
            yield self.fine("it agrees with what the ledger and the files show")


class Here(Base):
    """The Python of cmcompile has the packages that read the Butler after a run."""

    name: ClassVar[str] = "here"
    code = codes.HERE
    quick: ClassVar[bool] = True

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask whether they are installed; nothing is imported."""
        del case
        yield Question("here", "")

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Say what is lacking."""
        del case
        heard = self.heard(answers, Question("here", ""), "what is installed here is not known")
        if not isinstance(heard, Heard):
            yield heard
        elif lacking := heard.texts("lacking"):
            yield self.fault(
                f"the Python of cmcompile has no {', '.join(lacking)}: outcomes of quanta can't be counted",
                "install them, or start cmcompile where a stack is set up",
                "pip install 'cmcompile[lsst]'",
            )
        else:
            yield self.fine("the packages that read the Butler are there")


def _roots(case: Case, answers: Answers) -> Iterator[tuple[str, Heard]]:
    """Yield the room of the directories that Butlers of this machine keep files in."""
    for question in first_of(case, opening):
        answer = answers.get(question)
        roots = Heard(answer).below("roots") if isinstance(answer, dict) else None
        for place in () if roots is None else roots.reply:
            heard = roots.below(place) if roots is not None else None
            if heard is not None:
                yield place, heard
