"""What is kept of a campaign's compilation beside the clone, for the next `plan` or `status`.

See ``docs/adr/0013-kept-compilations.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cmcompile.cli.kept_file import KeptFile
from cmcompile.cli.kept_sent import Sent, still_sent

if TYPE_CHECKING:
    from cmcompile.cli.campaigns import Place
    from cmcompile.cli.ledgers import Look
    from cmcompile.compiler.kept.form import Former, Kept, KeptStep
    from cmcompile.compiler.result import Compilation, Expansion
    from cmcompile.ledger.cache import Part
    from cmcompile.ledger.view import View
    from cmcompile.model.campaign import ListData, Spec, Step
    from cmcompile.model.diagnostic import Findings
    from cmcompile.model.source import Mapping as MapNode
    from cmcompile.spec.documents import RepositoryDocuments

FILE = "compiled"
#: What is kept is written anew when more shards, or groups, than this part of all differ from it.
_SMALL_PART = 1 / 32
_FEW_SHARDS = 8


@dataclass(slots=True)
class Keeper:
    """Says what may be used of what is kept, and keeps what is new.

    Attributes
    ----------
    kept
        What was found in the file; None: nothing.
    lists
        Key and columns of each list of the spec that is read without findings.
    """

    file: KeptFile
    view: View
    kept: Kept | None
    lists: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    former: Former | None = None
    changed: int = 0

    def read_list(
        self, documents: RepositoryDocuments, name: str, node: MapNode, findings: Findings
    ) -> ListData:
        """Read a list of the spec: its rows only when they are asked for, where it is as it was."""
        from cmcompile.compiler.kept.keys import list_key
        from cmcompile.model.errors import SourceError
        from cmcompile.spec.late import late_list
        from cmcompile.spec.lists import place_of, read_list

        path, _ = place_of(node)
        key = ""
        if path is not None:
            try:
                documents.read(path)
                key = list_key(name, node, documents.digests[path])
            except SourceError:
                pass
        known = None if self.kept is None else self.kept.lists.get(name)
        if key and known is not None and known[0] == key:
            self.lists[name] = known
            return late_list(documents, name, node, known[1])
        before = len(findings)
        found = read_list(documents, name, node, findings)
        if key and len(findings) == before:
            self.lists[name] = (key, tuple(found.columns))
        return found

    def look(self, spec: Spec, inputs: Mapping[str, str]) -> Former | None:
        """Return what may be used for a spec and the ledger as they are now."""
        from cmcompile.compiler.kept.form import Former

        kept = self.kept
        if kept is None or set(self.lists) != set(spec.lists):
            return None
        changed = [part for key, part in self.view.parts.items() if kept.shards.get(key) != part.trees]
        self.changed = len(changed)
        steps_now = {step.name for step in spec.steps}
        if any(part.groups and _step_of(part) not in steps_now for part in self.view.parts.values()):
            return None
        steps = {}
        for step in spec.steps:
            known = kept.steps.get(step.name)
            mine = [part for part in changed if _step_of(part) == step.name]
            now = None if known is None else still_sent(known, step, mine, self.view.state)
            if now is not None:
                steps[step.name] = now
        self.former = Former(
            steps=steps,
            lists={name: key for name, (key, _) in self.lists.items()},
            same=dict(inputs) == dict(kept.inputs),
            sent={(name, group): digest for name, s in steps.items() for group, digest in s.sent.items()},
            written=kept.written,
            includes=kept.includes,
        )
        return self.former

    def keep(self, result: Compilation | Expansion, inputs: Mapping[str, str], sent: Sent) -> None:
        """Keep what was made, where it is more than the next process may be asked to make again."""
        spec = result.spec
        steps = {step.name for step in spec.steps}
        foreign = any(part.groups and _step_of(part) not in steps for part in self.view.parts.values())
        if foreign or sent.uncertain or set(self.lists) != set(spec.lists) or not self._is_new(result):
            return
        found = self._steps(result, sent)
        if any(not result.made[name].again for name in found) or self.former is not None:
            self.file.store(self._kept(result, inputs, sent, found))

    def _is_new(self, result: Compilation | Expansion) -> bool:
        from cmcompile.compiler.result import Compilation

        if self.former is None or not all(made.again for made in result.made.values()):
            return True
        if not isinstance(result, Compilation):
            return False  # what is kept may hold files too
        if len(result.rows) < (1 - _SMALL_PART) * len(result.groups):
            return True
        return self.changed > _FEW_SHARDS and self.changed > _SMALL_PART * len(self.view.parts)

    def _steps(self, result: Compilation | Expansion, sent: Sent) -> dict[str, KeptStep]:
        from cmcompile.compiler.kept.keep import kept_step
        from cmcompile.ledger.listed import Columns

        keys = {name: key for name, (key, _) in self.lists.items()}
        columns = Columns(result.spec.lists)
        found: dict[str, KeptStep] = {}
        for step in result.spec.steps:
            known = self.former.steps.get(step.name) if self.former is not None else None
            if result.made[step.name].again and known is not None:
                found[step.name] = _with_rows(known, result, step)
                continue
            mine = {group.id: group for group in sent().of(step.name)}
            made = kept_step(result, step, keys, mine, sent.made_by(step.name), columns.short_ranges)
            if made is not None:
                found[step.name] = made
        return found

    def _kept(
        self,
        result: Compilation | Expansion,
        inputs: Mapping[str, str],
        sent: Sent,
        steps: Mapping[str, KeptStep],
    ) -> Kept:
        from cmcompile.compiler.kept.form import Kept
        from cmcompile.compiler.kept.keep import kept_includes
        from cmcompile.compiler.result import Compilation

        compiled = result if isinstance(result, Compilation) else None
        return Kept(
            lists=self.lists,
            inputs=inputs,
            shards={key: part.trees for key, part in self.view.parts.items()},
            about_sent=sent.findings,
            steps=steps,
            written=None if compiled is None else compiled.written,
            includes={} if compiled is None else kept_includes(compiled.includes),
        )


def _with_rows(known: KeptStep, result: Compilation | Expansion, step: Step) -> KeptStep:
    from cmcompile.compiler.kept.keep import rows_of
    from cmcompile.compiler.result import Compilation

    rows = rows_of(result, step) if isinstance(result, Compilation) else {}
    return replace(known, rows=rows)


def _step_of(part: Part) -> str:
    return part.key.partition("/")[0]


def keeper(place: Place, look: Look, *, files: bool) -> Keeper:
    """Return what keeps the compilations of a campaign; without files for who only makes groups."""
    from cmcompile.ledger.book import beside_clone

    file = KeptFile(beside_clone(place.root, place.name) / FILE)
    return Keeper(file, look.view, file.load(files=files))
