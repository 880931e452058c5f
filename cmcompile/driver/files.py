"""Where the files of a submission lie below the area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: The name of the submit file among the files of an order.
SUBMIT = "submit.yaml"
#: Below the area: what BPS writes, and what git is never to see.
SUBMISSIONS = "submit"
_OWN = ".cmcompile"
_LOG = "driver.log"


class ForeignPathError(Exception):
    """A file of an order would lie outside of its directory."""


@dataclass(frozen=True, slots=True)
class ClaimFiles:
    """The files of one claim.

    Attributes
    ----------
    area
        The directory that BPS runs in; absolute.
    claim
        The claim's id.
    """

    area: Path
    claim: str

    @property
    def home(self) -> Path:
        """The directory of the claim."""
        return self.area / SUBMISSIONS / _OWN / self.claim

    @property
    def submit_file(self) -> Path:
        """The file that BPS is handed."""
        return self.home / SUBMIT

    @property
    def log(self) -> Path:
        """What the child and BPS print."""
        return self.home / _LOG

    @property
    def shown_log(self) -> str:
        """The path of the log as people are told it: in the area."""
        return self.log.relative_to(self.area).as_posix()

    def make(self) -> None:
        """Make the directory; git is told to look into none of them."""
        self.home.mkdir(parents=True, exist_ok=True)
        ignored = self.area / SUBMISSIONS / ".gitignore"
        if not ignored.exists():
            ignored.write_text("*\n", encoding="utf-8")

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write the as-run files.

        Raises
        ------
        ForeignPathError
            When one would lie outside of the directory.
        OSError
            When one can't be written.
        """
        self.make()
        root = self.home.resolve()
        for path, data in files.items():
            target = self.home / path
            if not target.resolve().is_relative_to(root):
                raise ForeignPathError(f"{path} is outside of the directory of the submission")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
