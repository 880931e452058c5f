"""Looking for runs that were started without cmcompile: workload systems, submit directories, the Butler."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.cli.campaigns import Place
    from cmcompile.cli.decided import Subjects
    from cmcompile.cli.outside import Drivers
    from cmcompile.compiler.result import Compilation
    from cmcompile.imports.adopt import Config, Found, Matched, Target
    from cmcompile.model.body import WmsRef

#: More configurations than this below a directory are taken for a wrong directory.
_CONFIGS = 100_000
_OPTIONS = "extraQgraphOptions"


class SilentError(CmcompileError):
    """A workload system or the Butler gives no answer: what it would show is not known."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person says of the runs.

    Attributes
    ----------
    submits
        Directories with submit directories of BPS below them; that of this clone is looked at too.
    wms
        The plugin that ran groups of which the spec does not say it; as a decision names it.
    """

    submits: Sequence[Path] = ()
    wms: str = ""
    because: str = ""
    by: str = ""


def look_for(place: Place, about: Subjects, wanted: Wanted) -> Matched:
    """Return the runs of a campaign with their groups, as workload systems and Butler show them.

    Raises
    ------
    SilentError
        When one of them gives no answer.
    """
    from cmcompile.cli.area import area_of
    from cmcompile.cli.campaigns import usable
    from cmcompile.imports.adopt import matched, without_outputs
    from cmcompile.model.wms import NoAnswer
    from cmcompile.observe.wms.states import ENDED

    compilation = usable(place)
    unasked: dict[str, list[str]] = {}
    targets = list(_targets(compilation, wanted.wms, unasked))
    drivers = _drivers(place, compilation)
    workflows = about.state.workflows() if about.state is not None else ()
    ours = {(w.claim.wms, run) for w in workflows if w.claim is not None for run in w.runs}
    runs = [run for run in _runs(drivers, targets) if (run.wms, run.run_id) not in ours]
    folders = [*wanted.submits, *(p for p in [area_of(place.root) / "submit"] if p.is_dir())]
    found = matched(targets, list(_with_configs(runs, folders)))
    found.unasked.update(unasked)
    found.unseen += _unseen(drivers, targets, runs, about)
    asked = [m.output_run for m in found.matches if m.run.state in ENDED]
    missing = drivers.butler.missing(asked) if asked else frozenset[str]()
    if isinstance(missing, NoAnswer):
        raise SilentError(f"the Butler can't be asked which runs left outputs: {missing.why}")
    return without_outputs(found, missing)


def _unseen(
    drivers: Drivers, targets: Sequence[Target], runs: Sequence[Found], about: Subjects
) -> Sequence[str]:
    """Return RUN collections of runs that nobody shows any more; batch steps have none.

    Raises
    ------
    SilentError
        When the Butler gives no answer.
    """
    from cmcompile.imports.adopt import unseen
    from cmcompile.model.batch import is_batch
    from cmcompile.model.butler import below
    from cmcompile.model.wms import NoAnswer

    outputs = list(dict.fromkeys(t.output for t in targets if not is_batch(t.wms.service)))
    if not outputs:
        return ()
    listed = below(drivers.butler, outputs)
    if isinstance(listed, NoAnswer):
        raise SilentError(f"the Butler can't be asked for outputs of groups: {listed.why}")
    workflows = about.state.workflows() if about.state is not None else ()
    known = [w.claim.output_run for w in workflows if w.claim is not None]
    return unseen(listed, runs, known)


def _targets(compilation: Compilation, wms: str, unasked: dict[str, list[str]]) -> Iterator[Target]:
    """Yield the groups that a run may be of, rescue groups too.

    Parameters
    ----------
    wms
        Where groups ran of which the spec does not say it.
    unasked
        Gets the groups of which nothing says it, by why.
    """
    from cmcompile.apply.adopt import wms_named
    from cmcompile.cli.workload import wms_of
    from cmcompile.imports.adopt import Target
    from cmcompile.model.event import Subject, WmsRef

    shared = Counter((made.output, made.where) for made in compilation.groups)
    for made in compilation.groups:
        where = wms_of(made, compilation.includes)
        if not isinstance(where, WmsRef):
            if not wms:
                unasked.setdefault(where, []).append(str(Subject(made.group.step, made.group.id)))
                continue
            where = wms_named(wms)
        if not made.output:
            continue
        alike = shared[made.output, made.where] > 1
        more = _more(_first(made.path, made.data)) if alike else ()
        yield Target(Subject(made.group.step, made.group.id), where, made.output, made.where or "", more)


def _first(path: str, data: bytes) -> dict[str, Any]:
    """Return the mapping that a file begins with.

    Raises
    ------
    ForeignError
        When it can't be read.
    """
    from cmcompile.imports.fields import mapping_of
    from cmcompile.imports.foreign import documents

    return mapping_of(next(iter(documents(path, data)[0]), None))


def _more(tree: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what tells groups of the same data apart: the pipeline, and the options of the graph."""
    from cmcompile.imports.fields import mapping_of, text_of

    options = mapping_of(tree.get("payload")).get(_OPTIONS) or tree.get(_OPTIONS)
    return text_of(tree.get("pipelineYaml")), text_of(options)


def _drivers(place: Place, compilation: Compilation) -> Drivers:
    from cmcompile.cli.observers import used_by
    from cmcompile.cli.outside import drivers
    from cmcompile.cli.workload import butler_of

    def butlers() -> tuple[str, ...]:
        found = {butler_of(made, compilation.includes) for made in compilation.groups}
        return tuple(sorted(found - {""}))

    return drivers(place, butlers, lambda: tuple(used_by(compilation)))


def _runs(drivers: Drivers, targets: Sequence[Target]) -> Iterator[Found]:
    """Yield the runs whose names begin as those of groups.

    Raises
    ------
    SilentError
        When a workload system gives no answer.
    """
    from cmcompile.imports.adopt import Found
    from cmcompile.model.naming import wms_name
    from cmcompile.model.wms import NoAnswer

    prefixes: dict[WmsRef, dict[str, None]] = {}
    for target in targets:
        prefixes.setdefault(target.wms, {})[f"{wms_name(target.output)}_"] = None
    for where, names in prefixes.items():
        shown = drivers.wms.find(where, tuple(names))
        if isinstance(shown, NoAnswer):
            raise SilentError(f"{where.service} can't be asked for runs: {shown.why}")
        for run in shown:
            yield Found(where, run.run_id, run.name, run.state)


def _with_configs(runs: Sequence[Found], folders: Sequence[Path]) -> Iterator[Found]:
    """Yield runs with what their submit directories say, where these were found."""
    wanted = {f"{run.name}_config.yaml" for run in runs}
    known: dict[str, Path] = {}
    for folder in folders if wanted else ():
        for number, path in enumerate(folder.rglob("*_config.yaml")):
            if number >= _CONFIGS:
                raise CmcompileError(f"{folder}: more than {_CONFIGS:,} runs; name a directory further down")
            if path.name in wanted:
                known.setdefault(path.name, path)
    for run in runs:
        of_run = known.get(f"{run.name}_config.yaml")
        yield run if of_run is None else replace(run, config=_config(run.name, of_run))


def _config(name: str, path: Path) -> Config | None:
    """Return what a submit directory says; BPS names it after the RUN, unless it was told otherwise.

    None: it can't be read, and says nothing.
    """
    from cmcompile.cli.importing import content
    from cmcompile.imports.adopt import Config, named_by
    from cmcompile.imports.fields import mapping_of, text_of

    try:
        tree = _first(str(path), content(path))
    except CmcompileError as error:
        click.echo(f"cmcompile: warning: {error}", err=True)
        return None
    payload = mapping_of(tree.get("payload"))
    written = text_of(payload.get("outputRun"))
    output_run = written if written and "{" not in written else named_by(path.parent.absolute().parts, name)
    query = text_of(payload.get("dataQuery"))
    return Config(output_run, query, str(path.parent.absolute()), _more(tree))
