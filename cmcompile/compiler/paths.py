"""Paths in the output: which are possible, and that no two files want the same one."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping

from cmcompile.model import codes
from cmcompile.model.campaign import Spec
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import CompiledGroup, Group, IncludeFile
from cmcompile.model.source import Span

MANIFEST = "manifest.json"


def path_problem(path: str) -> str | None:
    """Say why a group's file can't be at a path of the output, or None."""
    parts = path.split("/")
    if path.startswith("/") or ".." in parts:
        return "leaves the output folder"
    if "" in parts or "." in parts:
        return "has an empty part"
    if not path.endswith((".yaml", ".yml")):
        return "does not end with .yaml"
    if not path.isprintable() or "\\" in path or len(path) > 240:
        return "has a backslash, signs that can't be printed, or more than 240 signs"
    return None


def check_paths(
    spec: Spec, groups: Iterable[CompiledGroup], includes: Mapping[str, IncludeFile], findings: Findings
) -> None:
    """Report two files for one path, also by case alone, and files that others need as a folder."""
    places = _Places(spec, findings)
    places.take(MANIFEST, "the manifest", None, "")
    for path, file in includes.items():
        places.take(path, f"include file {path}", file.span, "")
    for made in groups:
        group = made.group
        places.take(made.path, f"group {group.step}/{group.id}", _span(spec, group), group.step, group)
    places.report_folders()


class _Places:
    """The paths that are taken; on some file systems case makes no difference."""

    def __init__(self, spec: Spec, findings: Findings) -> None:
        self._spec = spec
        self._findings = findings
        self._taken: dict[str, tuple[str, Span | None, str]] = {}
        self._folders: dict[str, str] = {"": ""}
        self._reported: set[tuple[str, str | None]] = set()

    def take(self, path: str, what: str, span: Span | None, scope: str, group: Group | None = None) -> None:
        key = path.lower()
        other = self._taken.setdefault(key, (what, span, scope))
        if other[0] != what:
            hint = "let `file` name what tells them apart"
            if group is None:
                hint = "give one of them another name or folder"
            elif group.rescue:
                hint = "give the rescue a `file`"
            self._collide(f"{what} and {other[0]} would both be written to {path}", hint, span, scope, group)
        folder = posixpath.dirname(key)
        while folder not in self._folders:
            self._folders[folder] = path
            folder = posixpath.dirname(folder)

    def _collide(self, message: str, hint: str, span: Span | None, scope: str, group: Group | None) -> None:
        # One `file` without what tells its groups apart gives as many collisions as groups.
        once = (scope, group.rescue) if group else (message, None)
        if once not in self._reported:
            self._reported.add(once)
            self._findings.add(codes.output.PATH_COLLISION, span, message, hint, scope=scope)

    def report_folders(self) -> None:
        for key in self._folders.keys() & self._taken.keys():
            what, span, scope = self._taken[key]
            self._findings.add(
                codes.output.PATH_COLLISION,
                span,
                f"{what} would be a file where {self._folders[key]} needs a folder",
                "give one of them another name or folder",
                scope=scope,
            )


def _span(spec: Spec, group: Group) -> Span | None:
    step = spec.step(group.step)
    if step is None:
        return None
    return next((r.span for r in step.rescues if r.name == group.rescue), step.span)
