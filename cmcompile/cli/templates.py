"""What `new` starts a campaign from: a skeleton, a library file, or another campaign."""

from __future__ import annotations

import io
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.model.errors import CmcompileError, InputError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from cmcompile.model.ports import Sources
    from cmcompile.model.source import Mapping as MapNode
    from cmcompile.model.source import Node

LIBRARY = "campaigns/library"
SCHEMA = "schemas/campaign-v1.schema.json"
#: The first line of a campaign, for editors.
SCHEMA_LINE = f"# yaml-language-server: $schema=../../{SCHEMA}\n"

_SKELETON = """\
cmcompile: 1
campaign: NAME
about: what this campaign is for
ticket: DM-00000

where: instrument='HSC' and skymap='hsc_rings_v1'   # of every group; steps and axes add to it
inputs: [HSC/raw/all, HSC/calib]                    # the collections that the first step reads
collect: HSC/runs/${{ campaign.name }}              # ${{ }} is filled in now; {x} and ${X} later, by BPS

bps:                                                # the keys of BPS, as BPS names them
  pipelineYaml: ${DRP_PIPE_DIR}/pipelines/HSC/DRP-RC2.yaml#${{ step.name }}
  payload: {butlerConfig: /repo/main}               # inCollection, output, dataQuery follow from the rest

step_defaults:
  collect: ${{ campaign.collect }}/${{ step.name }} # the results of a step, as one collection

steps:
  step1:
    split:                                          # one BPS submit file per group: here 1 and 2
    - {by: visit, values: [1228, 1230, 1232], size: 2}   # a long list stands in a file, see `lists`
"""


class NoTemplateError(CmcompileError):
    """There is nothing of that name to start from."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value that a template asks for.

    Attributes
    ----------
    type
        The type of a param, or an empty text.
    default
        Its default, or None: then it must be set.
    """

    name: str
    about: str
    type: str = ""
    default: object = None


@dataclass(frozen=True, slots=True)
class Library:
    """A library file to start from.

    Attributes
    ----------
    path
        Relative to the root of the repository.
    files
        What the repository does not have yet, by path: the file itself and those that it extends.
    wanted
        Params, and the ticket where a text uses it.
    names
        The vars that it sets.
    """

    path: str
    files: Mapping[str, bytes]
    wanted: tuple[Wanted, ...]
    names: frozenset[str]


class Overlay:
    """Files on top of others; implements ``Sources``."""

    def __init__(self, files: Mapping[str, bytes], below: Sources) -> None:
        self._files = files
        self._below = below

    def read(self, path: str) -> bytes:
        """Return the bytes of a file.

        Raises
        ------
        SourceError
            When there is no such file.
        """
        return self._files[path] if path in self._files else self._below.read(path)

    def exists(self, path: str) -> bool:
        """Tell whether there is such a file."""
        return path in self._files or self._below.exists(path)

    def below(self, path: str) -> tuple[str, ...]:
        """Return the files below a folder; see ``Folders``."""
        from cmcompile.model.errors import SourceError
        from cmcompile.model.ports import files_below

        lead = f"{path}/"
        own = {name.removeprefix(lead) for name in self._files if name.startswith(lead)}
        try:
            return tuple(sorted(own.union(files_below(self._below, path))))
        except SourceError:
            if not own:
                raise
            return tuple(sorted(own))


def skeleton(name: str) -> str:
    """Return a small campaign with comments."""
    return SCHEMA_LINE + _SKELETON.replace("NAME", name)


def find_library(root: Path, name: str, sources: Sources | None = None) -> Library:
    """Return a library file of the repository, else of cmcompile itself.

    Parameters
    ----------
    name
        As ``library/nightly``.
    sources
        The files of the repository; None: those of its working tree.

    Raises
    ------
    NoTemplateError
        When there is none of that name.
    InputError
        When it can't be read.
    """
    from cmcompile.spec.files import WorkingTree

    short = name.removeprefix("library/").removesuffix(".yaml")
    path = f"{LIBRARY}/{short}.yaml"
    here = sources or WorkingTree(root)
    shipped = _shipped()
    if "/" in short or (not here.exists(path) and f"{short}.yaml" not in shipped):
        known = sorted({*shipped, *(p.name for p in (root / LIBRARY).glob("*.yaml"))})
        names = ", ".join("library/" + k.removesuffix(".yaml") for k in known) or "none"
        raise NoTemplateError(f"there is no {name} to start from; there are {names}")
    all_files = Overlay({f"{LIBRARY}/{k}": v for k, v in shipped.items()}, here)
    # A file of the repository goes before ours of the same name.
    own = {p: here.read(p) for p in (f"{LIBRARY}/{k}" for k in shipped) if here.exists(p)}
    nodes = dict(_extended(Overlay(own, all_files), path))
    missing = {p: all_files.read(p) for p in nodes if not here.exists(p)}
    variables = [_entries(n, "vars") for n in nodes.values()]
    return Library(path, missing, tuple(_wanted(nodes.values())), frozenset(k for v in variables for k in v))


def _library() -> Traversable:
    """Return the library that comes with cmcompile: installed, or in a checkout."""
    from importlib.resources import files

    folder = files("cmcompile") / "library"
    return folder if folder.is_dir() else Path(__file__).parents[2] / LIBRARY


def _shipped() -> dict[str, bytes]:
    """Return the library files that come with cmcompile."""
    listed = sorted(_library().iterdir(), key=lambda entry: entry.name)
    return {f.name: f.read_bytes() for f in listed if f.name.endswith(".yaml")}


def shipped_file(path: str) -> bytes:
    """Return a file of the library that comes with cmcompile, by its path in it."""
    return _library().joinpath(*path.split("/")).read_bytes()


def _extended(
    sources: Sources, path: str, seen: frozenset[str] = frozenset()
) -> Iterator[tuple[str, MapNode]]:
    """Yield a library file and those that it extends."""
    from cmcompile.model.diagnostic import Findings
    from cmcompile.model.source import Mapping as MapNode
    from cmcompile.spec.files import join, read_yaml
    from cmcompile.spec.values import items, text

    findings = Findings()
    node = read_yaml(sources, path, findings, None)
    if not isinstance(node, MapNode):
        raise InputError(findings.sorted())
    for item in items(node.get("extends")):
        target = join(path, text(item) or "")
        if target is not None and target not in seen | {path}:
            yield from _extended(sources, target, seen | {path})
    yield path, node


def _wanted(nodes: Iterable[MapNode]) -> Iterator[Wanted]:
    from cmcompile.model.source import Mapping as MapNode
    from cmcompile.model.source import plain
    from cmcompile.spec.values import text

    listed = list(nodes)
    if any(_uses_ticket(n) for n in listed) and not any("ticket" in n for n in listed):
        yield Wanted("ticket", "the ticket that this campaign belongs to, such as DM-50001")
    for node in listed:
        for key, rule in _entries(node, "params").items():
            body = rule if isinstance(rule, MapNode) else None
            default = body.get("default") if body else None
            about, kind = (text(body.get(k)) or "" if body else "" for k in ("about", "type"))
            yield Wanted(key, " ".join(about.split()), kind, None if default is None else plain(default))


def _entries(node: MapNode, key: str) -> dict[str, Node]:
    from cmcompile.model.source import Mapping as MapNode

    found = node.get(key)
    return {e.key: e.value for e in found} if isinstance(found, MapNode) else {}


def _uses_ticket(node: Node) -> bool:
    from cmcompile.compiler.difference.sides import names_in
    from cmcompile.model.source import Mapping as MapNode
    from cmcompile.model.source import Scalar

    if isinstance(node, Scalar):
        return "ticket" in names_in(node.value)
    children = (e.value for e in node) if isinstance(node, MapNode) else iter(node)
    return any(_uses_ticket(child) for child in children)


def extending(name: str, library: Library, values: Mapping[str, object]) -> str:
    """Return a campaign that extends a library file.

    Parameters
    ----------
    values
        The vars, and the top-level keys ``ticket`` and ``production``.
    """
    from cmcompile.compiler.emit import scalar

    relative = posixpath.relpath(library.path, f"campaigns/{name}")
    lines = ["cmcompile: 1", f"extends: [{relative}]", f"campaign: {scalar(name)}"]
    lines += [f"{key}: {scalar(values[key])}" for key in ("production", "ticket") if key in values]
    about = {w.name: w.about for w in library.wanted}
    rows = [(f"  {k}: {scalar(v)}", about.get(k, "")) for k, v in values.items() if k not in TOP]
    rows += [
        (f"  # {w.name}: {scalar(w.default)}", w.about)
        for w in library.wanted
        if w.default is not None and w.name not in values
    ]
    space = max((len(text) for text, _ in rows), default=0) + 4
    body = [f"{text:<{space}}# {note}".rstrip() if note else text for text, note in rows]
    given = any(key not in TOP for key in values)
    lines += ["vars:" if given else "# vars:", *body] if rows else []
    return SCHEMA_LINE + "\n".join(lines) + "\n"


#: What `--set` sets beside vars: keys of the campaign that no var may have the name of.
TOP = ("ticket", "production")


def renamed(text: str, name: str, values: Mapping[str, object]) -> str:
    """Return the text of a campaign with another name and some values set, comments kept.

    Raises
    ------
    CmcompileError
        When something else would change.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1_000_000
    content = yaml.load(text)
    content["campaign"] = name
    for key, value in values.items():
        if key in TOP:
            content[key] = value
        else:
            content.setdefault("vars", CommentedMap())[key] = value
    stream = io.StringIO()
    yaml.dump(content, stream)
    made = stream.getvalue()
    if _without(made, values) != _without(text, values):
        raise CmcompileError("the campaign can't be copied without other changes: copy it by hand")
    return made if "yaml-language-server" in made.split("\n", 1)[0] else SCHEMA_LINE + made


def _without(text: str, values: Mapping[str, object]) -> dict[str, object]:
    """Return what a campaign says, but for its name and the values that are set."""
    from cmcompile.model.diagnostic import Findings
    from cmcompile.model.source import Mapping as MapNode
    from cmcompile.model.source import plain
    from cmcompile.spec.yaml import read

    findings = Findings()
    node = read("campaign.yaml", text.encode(), findings)
    if not isinstance(node, MapNode):
        raise InputError(findings.sorted())
    said = {e.key: plain(e.value) for e in node if e.key != "campaign" and e.key not in values}
    variables = said.pop("vars", None)
    kept = {k: v for k, v in variables.items() if k not in values} if isinstance(variables, dict) else {}
    return {**said, "vars": kept}
