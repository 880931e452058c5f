"""Compile what was drafted, look what is different, and say that too, until nothing is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.result import Compilation
from cmcompile.imports.bps.compose import Campaign, spec_of
from cmcompile.imports.bps.draft import PATH, Draft
from cmcompile.imports.bps.overrides import gathered, lacking, nested, unnamed
from cmcompile.imports.bps.report import remarks
from cmcompile.imports.bps.tree import Path, Tree, written
from cmcompile.imports.memory import MemoryFiles
from cmcompile.imports.text import spec_text
from cmcompile.model.diagnostic import Diagnostic, Findings, errors_in
from cmcompile.model.group import CompiledGroup, Group
from cmcompile.model.source import plain
from cmcompile.spec.load import load
from cmcompile.spec.sense import FIRM
from cmcompile.spec.yaml import read

#: So often what is different is laid over the groups; a second time helps where values follow each other.
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Misfit:
    """Steps that can't be made to give their files.

    Attributes
    ----------
    steps
        Their names; empty where it is not known which.
    why
        What is wrong.
    """

    steps: frozenset[str]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A spec that gives the files.

    Attributes
    ----------
    files
        The spec, lists and include files by their path in the repository.
    """

    text: str
    files: Mapping[str, bytes] = field(repr=False)
    result: Compilation = field(repr=False)


class Fitter:
    """Compiles drafts of one campaign.

    Parameters
    ----------
    beside
        Include files, by their path beside the spec.
    """

    def __init__(self, campaign: Campaign, beside: Mapping[str, bytes]) -> None:
        self._campaign = campaign
        self._beside = beside
        self._patches: dict[int, dict[str, dict[Path, object]]] = {}
        for draft, _ in campaign.every():
            if draft.file == PATH and "path" not in draft.variables:
                for key, row in draft.wanted.items():
                    self._patch(draft, key, {("vars", "path"): written(row.path)})
            for key in draft.extra:
                if found := unnamed(draft, key):
                    self._patch(draft, key, found)

    def run(self) -> Fitted | Misfit:
        """Return the spec, or the steps that do not fit."""
        found: Fitted | Misfit = Misfit(frozenset(), ("nothing was compiled",))
        self._first_overrides()
        for _ in range(_ROUNDS):
            found = self._compiled()
            if isinstance(found, Misfit):
                return found
            missing = self._of_structure(found.result) or self._firm(found)
            if missing is not None:
                return missing
            changed = self._add_patches(found.result)
            changed = self._allow(found.result.findings) or changed
            if not changed:
                return found
        return Misfit(frozenset(s.name for s in self._campaign.steps), ("what is laid over does not settle",))

    def _compiled(self) -> Fitted | Misfit:
        text = spec_text(spec_of(self._campaign), remarks(self._campaign))
        base = f"campaigns/{self._campaign.name}"
        lists = {rows.file: rows.data for rows in self._campaign.used_lists()}
        files = {f"{base}/{path}": data for path, data in {**lists, **self._beside}.items()}
        files[f"{base}/campaign.yaml"] = text.encode()
        spec, findings = load(MemoryFiles(files), f"{base}/campaign.yaml")
        if spec is None:
            return Misfit(self._steps_of(findings, text), tuple(f.message for f in errors_in(findings)))
        return Fitted(text, files, compile_spec(spec))

    def _steps_of(self, findings: Sequence[Diagnostic], text: str) -> frozenset[str]:
        """Return the steps that errors are of, by their scope or their line."""
        names = {s.name for s in self._campaign.steps}
        at: list[str] = []
        for line in text.splitlines():
            name = line.strip().partition(":")[0] if line[:2] == "  " and line[2:3].strip() else ""
            at.append(name if name in names else at[-1] if at else "")
        errors = list(errors_in(findings))
        lines = [f.span.line for f in errors if f.span is not None and not f.scope]
        found = {f.scope for f in errors if f.scope} | {at[min(n, len(at)) - 1] for n in lines}
        return frozenset(found & names)

    def _firm(self, found: Fitted) -> Misfit | None:
        """Tell of errors that no reason makes good; those that are mended by what is laid over go first."""
        errors = [f for f in errors_in(found.result.findings) if f.code in FIRM]
        if not errors:
            return None
        return Misfit(self._steps_of(errors, found.text), tuple(f.message for f in errors))

    def _of_structure(self, result: Compilation) -> Misfit | None:
        """Tell where other groups are made than there are files."""
        wrong, why = set(), []
        groups = _by_pass(result)
        for draft, parent in self._campaign.every():
            step = parent or draft
            made = {g.group.own_id for g in groups.get(_pass_of(draft, parent), ())}
            if made != draft.wanted.keys():
                wrong.add(step.name)
                odd = sorted(made ^ draft.wanted.keys())[:3]
                why.append(f"{step.name}: groups and files differ: {', '.join(odd)}")
        return Misfit(frozenset(wrong), tuple(why)) if wrong else None

    def _add_patches(self, result: Compilation) -> bool:
        changed = False
        compiled = _by_pass(result)
        for draft, parent in self._campaign.every():
            groups: dict[str, Group] = {}
            for made in compiled[_pass_of(draft, parent)]:
                own = made.group.own_id
                groups[own] = made.group
                found = lacking(draft.wanted[own], made.path, _content(made))
                if found:
                    changed = True
                    self._patch(draft, own, found)
            draft.overrides = gathered(self._patches.get(id(draft), {}), draft, groups)
        return changed

    def _first_overrides(self) -> None:
        """Say what is known before groups are made, by their ids."""
        for draft, _ in self._campaign.every():
            known = self._patches.get(id(draft), {})
            draft.overrides = [{"groups": str(key), **said} for key, said in nested(known).items()]

    def _patch(self, draft: Draft, key: str, found: dict[Path, object]) -> None:
        self._patches.setdefault(id(draft), {}).setdefault(key, {}).update(found)
        if ("vars", "path") in found and draft.file != PATH:
            draft.variables["path"], draft.file = draft.file, PATH

    def _allow(self, findings: Sequence[Diagnostic]) -> bool:
        """Allow the errors that the files have; they are kept as they were run."""
        errors = list(errors_in(findings))
        for found in errors:
            reason = f"as it was run: {found.code.title}"
            steps = [s for s in self._campaign.steps if s.name == found.scope]
            for step in steps:
                step.allow[found.code.name] = reason
                if found.code.name == "CM050":
                    for rescue in step.rescues:
                        rescue.carry = False
                    step.allow.pop("CM050")
            if not steps:
                self._campaign.allow[found.code.name] = reason
        self._share_allowed()
        return bool(errors)

    def _share_allowed(self) -> None:
        counts = Counter(code for s in self._campaign.steps for code in s.allow)
        for code, count in counts.items():
            if count > 2:
                self._campaign.allow[code] = next(
                    s.allow[code] for s in self._campaign.steps if code in s.allow
                )
                for step in self._campaign.steps:
                    step.allow.pop(code, None)


def _pass_of(draft: Draft, parent: Draft | None) -> tuple[str, str | None]:
    return (draft.name, None) if parent is None else (parent.name, draft.name)


def _by_pass(result: Compilation) -> dict[tuple[str, str | None], list[CompiledGroup]]:
    """Return the groups of each step and of each rescue."""
    found: dict[tuple[str, str | None], list[CompiledGroup]] = {}
    for made in result.groups:
        found.setdefault((made.group.step, made.group.rescue), []).append(made)
    return found


def _content(made: CompiledGroup) -> Tree:
    node = read(made.path, made.data, Findings())
    content = None if node is None else plain(node)
    return content if isinstance(content, dict) else {}
