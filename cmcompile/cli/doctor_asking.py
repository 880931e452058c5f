"""Questions of `doctor` put to who can answer them: environments, the remote, this machine."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.cli.campaigns import Place
from cmcompile.model.checkup import Answers, Question, Reply
from cmcompile.model.wms import NoAnswer

if TYPE_CHECKING:
    from cmcompile.cli.progress import Line
    from cmcompile.doctor.case import Case
    from cmcompile.model.child import Setting
    from cmcompile.observe.checkup.asking import Environment

#: In the environment's own Python: what BPS needs is set as it is for a submission.
_SERVE = (
    "import os; from pathlib import Path; from cmcompile.driver.variables import complete; "
    "from cmcompile.observe.checkup.serve import main; area = Path(sys.argv[1]); "
    "complete(os.environ, area); os.chdir(area); main(area)"
)
#: How much longer than a question the set-up may take, with the import of the stack.
_STARTING = 2.0


class Asking:
    """Asks each question once.

    Parameters
    ----------
    settings
        By the key of an environment how it is set up.
    patience
        Seconds for one question.
    """

    def __init__(
        self, place: Place, case: Case, settings: Mapping[str, Setting], patience: float, line: Line
    ) -> None:
        self._place = place
        self._case = case
        self._settings = settings
        self._patience = patience
        self._line = line
        self._done = 0

    def answers(self, questions: Sequence[Question]) -> Answers:
        """Return what each question is answered with."""
        found: dict[Question, Reply | NoAnswer] = {}
        self._total = len(questions)
        places = dict.fromkeys(question.place for question in questions)
        for place in places:
            some = [question for question in questions if question.place == place]
            found |= self._of_environment(place, some) if place else {q: self._here(q) for q in some}
        return found

    def _of_environment(self, key: str, questions: Sequence[Question]) -> dict[Question, Reply | NoAnswer]:
        from cmcompile.observe.checkup.asking import ask

        one = self._case.environments[key]
        if one.lacking:
            why = NoAnswer(
                f"the environment {one.name} names the secret {one.lacking[0]}, which is not set here"
            )
            return dict.fromkeys(questions, why)
        how = environment_of(one.name, self._settings[key], Path(self._case.area))
        try:
            return ask(
                how, questions, self._tell, seconds=self._patience, starting=_STARTING * self._patience
            )
        except OSError as error:
            return dict.fromkeys(questions, NoAnswer(f"{one.name} can't be started: {error}"))

    def _tell(self, question: Question) -> None:
        self._done += 1
        self._line(f"{question.kind}: question", self._done, self._total)

    def _here(self, question: Question) -> Reply | NoAnswer:
        from cmcompile.git.errors import GitError
        from cmcompile.model.ledger import LedgerError

        self._tell(question)
        try:
            return self._answered(question)
        except (OSError, GitError, LedgerError) as error:
            return NoAnswer(str(error))

    def _answered(self, question: Question) -> Reply | NoAnswer:
        from cmcompile.ledger.visible import protected, seen
        from cmcompile.observe.checkup import machine
        from cmcompile.observe.stack import available

        about, root, remote = question.about, self._place.root, self._case.remote or None
        match question.kind:
            case "writable":
                return machine.writable(about[0])
            case "room":
                return machine.room(about[0])
            case "records":
                return machine.records(about[0])
            case "submits":
                return machine.submits(about[0], about[1:])
            case "spool":
                return machine.spool(about[0])
            case "here":
                return {"lacking": [] if available() else ["lsst.daf.butler"]}
            case "ledger" if self._case.silent:
                return {"unreached": self._case.silent, "there": False}
            case "protection" if self._case.silent:
                return NoAnswer(self._case.silent)
            case "ledger":
                found = seen(root, self._case.campaign, remote, time.time())
                known = {name: getattr(found, name) for name in ("unreached", "there", "refused", "ahead")}
                return {**known, "broken": "" if found.unreached else self._broken()}
            case "protection":
                may = protected(root, remote)
                words = {"delete": may.delete.value, "rewrite": may.rewrite.value}
                return {**words, "place": may.place, "how": may.how}
        return NoAnswer(f"{question.kind} is nothing that can be asked")

    def _broken(self) -> str:
        """Return what is wrong with the history of the ledger, as who writes to it would find."""
        from cmcompile.cli.ledgers import open_ledger
        from cmcompile.model.ledger import LedgerError

        try:
            open_ledger(self._place).store.tip()
        except LedgerError as error:
            return str(error)
        return ""


def environment_of(name: str, setting: Setting, area: Path) -> Environment:
    """Return how the process of an environment is started: as a preparing child would be."""
    import json
    import sys

    from cmcompile.apply.child.launch import ALLOWED, environment
    from cmcompile.driver.command import BASH, set_up
    from cmcompile.engine.own import FIND, home
    from cmcompile.observe.checkup.asking import Environment

    def refused(why: str) -> str:
        return json.dumps({"broken": why})

    program = ["-P", "-c", f"{FIND}{_SERVE}", home(), str(area.absolute())]
    secrets = {secret: os.environ[secret] for secret in setting.secrets}
    environ = {**environment(os.environ, ALLOWED), **setting.variables, **secrets}
    if not name:
        return Environment((sys.executable, *program), environ)
    return Environment((*BASH, set_up(name, setting, program, area, refused)), environ)
