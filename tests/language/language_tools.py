"""Small campaigns for tests: spec text to compiled groups, in a folder of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import yaml

from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.result import Compilation
from cmcompile.model.diagnostic import Diagnostic, Severity
from cmcompile.model.errors import SourceError
from cmcompile.model.group import EMPTY, CompiledGroup, SentGroups
from cmcompile.model.ports import Sources
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

PATH = "campaigns/c/campaign.yaml"
#: What every campaign needs and few tests are about.
HEAD = """\
cmcompile: 1
campaign: c
"""
BPS = """\
where: instrument='HSC' and skymap='hsc'
bps:
  pipelineYaml: p.yaml#x
  payload: {butlerConfig: /repo/main, payloadName: p, inCollection: HSC/raw, output: u/out}
"""


@dataclass(frozen=True)
class Built:
    """A campaign that was read, and compiled where it could be."""

    compilation: Compilation | None
    findings: tuple[Diagnostic, ...]

    @property
    def groups(self) -> dict[str, CompiledGroup]:
        """The groups by step and id."""
        made = self.compilation.groups if self.compilation else ()
        return {f"{g.group.step}/{g.group.id}": g for g in made}

    @property
    def ids(self) -> list[str]:
        """Ids of all groups of the first step, in order."""
        names = list(self.groups)
        first = names[0].split("/")[0] if names else ""
        return [name.split("/", 1)[1] for name in names if name.startswith(first + "/")]

    def doc(self, group: str) -> Any:
        """Return a group's document as any YAML reader sees it."""
        return yaml.safe_load(self.groups[_full(group)].data)

    def where(self, group: str = "s/all") -> str:
        """Return the predicate of a group as BPS is given it."""
        return str(self.doc(group)["payload"]["dataQuery"])

    def part(self, group: str, axis: str) -> tuple[Any, ...]:
        """Return the ids that a group has of an axis."""
        part = self.groups[_full(group)].group.part(axis)
        assert part is not None
        return part.ids

    def found(self, severity: Severity = Severity.WARNING) -> list[str]:
        """Return the codes of findings of this severity or a worse one, in order of place."""
        order = [Severity.NOTE, Severity.WARNING, Severity.ERROR]
        worse = order[order.index(severity) :]
        return [f.code.name for f in self.findings if f.severity in worse and f.allowed is None]

    def finding(self, code: str) -> Diagnostic:
        """Return the one finding of a code."""
        some = [f for f in self.findings if f.code.name == code]
        assert len(some) == 1, f"{len(some)} of {code} in {self.findings}"
        return some[0]

    def place(self, code: str) -> str:
        """Return where the one finding of a code is: line and column in the campaign, or with its file."""
        span = self.finding(code).span
        assert span is not None
        assert span.line > 0
        return f"{span.line}:{span.column}" if span.file == PATH else str(span)


def _full(group: str) -> str:
    return group if "/" in group else f"s/{group}"


def build(
    root: Path, text: str, files: Mapping[str, str] | None = None, sent: SentGroups = EMPTY, head: str = HEAD
) -> Built:
    """Read and compile a campaign.

    Parameters
    ----------
    text
        The campaign after its first two lines.
    files
        Further files, by path: relative to the campaign, or to the root with a ``/`` in front.
    """
    write(root, text, files, head)
    return again(root, sent)


def write(root: Path, text: str, files: Mapping[str, str] | None = None, head: str = HEAD) -> None:
    """Write the files of a campaign."""
    (root / ".git").mkdir(exist_ok=True)
    place(root / PATH, head + dedent(text))
    for name, content in (files or {}).items():
        place(root / name[1:] if name.startswith("/") else root / "campaigns/c" / name, content)


def place(path: Path, content: str) -> None:
    """Write one file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def again(root: Path, sent: SentGroups = EMPTY) -> Built:
    """Read and compile what stands in a folder."""
    return build_from(WorkingTree(root), sent)


class Memory:
    """Files that are nowhere on disk: quick, for many campaigns in a row; implements ``Sources``."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = {name: text.encode() for name, text in files.items()}

    def read(self, path: str) -> bytes:
        """Return the bytes of a file."""
        if path not in self._files:
            raise SourceError(path, "absent", "does not exist")
        return self._files[path]

    def exists(self, path: str) -> bool:
        """Tell whether there is such a file."""
        return path in self._files


def remember(text: str, files: Mapping[str, str] | None = None, head: str = HEAD) -> Memory:
    """Return the files of a campaign."""
    beside = {f"campaigns/c/{name}": content for name, content in (files or {}).items()}
    return Memory({PATH: head + dedent(text), **beside})


def build_from(sources: Sources, sent: SentGroups = EMPTY) -> Built:
    """Read and compile a campaign."""
    spec, findings = load(sources, PATH)
    if spec is None:
        return Built(None, findings)
    compilation = compile_spec(spec, sent)
    return Built(compilation, (*findings, *compilation.findings))


def steps(text: str) -> str:
    """Return a campaign with BPS keys that no rule complains about, and these steps."""
    return BPS + "steps:\n" + "".join(f"  {line}\n" for line in dedent(text).strip("\n").split("\n"))
