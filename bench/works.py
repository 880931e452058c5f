"""What is measured, each in a process of its own: ``python -m bench.works NAME ARGUMENT…`` prints JSON."""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time

# Packages that cmcompile imports late are imported here, so that no import is measured.
import jinja2.sandbox  # noqa: F401
import jsonschema  # noqa: F401
import yaml

from bench.campaigns import PATH
from cmcompile.cli.compile import write
from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.result import Compilation
from cmcompile.report.manifest import manifest  # noqa: F401
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

_MIB = 1024 * 1024


def compile_(root: str) -> dict[str, float]:
    """Read a campaign and compile it in memory; bytes and digests of all groups are there at the end."""
    start = process_time()
    result = _compiled(Path(root))
    cpu = process_time() - start
    return {"cpu": cpu, "peak": _peak(), **_extent(result)}


def documents(root: str, out: str) -> dict[str, float]:
    """Store what a YAML reader makes of each compiled group, for the floor to dump."""
    result = _compiled(Path(root))
    loaded = [yaml.load(group.data, Loader=yaml.CSafeLoader) for group in result.groups]
    text = json.dumps(loaded)
    if json.loads(text) != loaded:
        raise RuntimeError("the documents of the groups can't be kept as JSON")
    Path(out).write_text(text)
    return _extent(result)


def dump(stored: str) -> dict[str, float]:
    """Dump the documents with PyYAML's C dumper, one by one as files need it."""
    loaded = json.loads(Path(stored).read_text())
    _settle()
    start = process_time()
    texts = [yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False) for document in loaded]
    return {"cpu": process_time() - start, "groups": len(texts)}


def store(root: str, out: str) -> dict[str, float]:
    """Write a compiled campaign to an empty folder, then once more with nothing changed."""
    result = _compiled(Path(root))
    place = Path(out)
    _settle()
    start = process_time()
    first = write(result, place, prune=False)
    middle = process_time()
    second = write(result, place, prune=False)
    end = process_time()
    files = len(first.new)
    if first.changed or first.unchanged or second.new or second.changed or second.unchanged != files:
        raise RuntimeError(f"{files} new files were expected to be unchanged, and are not: {second}")
    return {"write": middle - start, "unchanged": end - middle, "files": files}


def plain(tree: str, out: str) -> dict[str, float]:
    """Read the files of a folder and write the same bytes to another, in the plainest way."""
    paths = sorted(str(p.relative_to(tree)) for p in Path(tree).rglob("*") if p.is_file())
    _settle()
    start = process_time()
    contents = {}
    for path in paths:
        with open(f"{tree}/{path}", "rb") as stream:  # noqa: PTH123 - the floor has no needless step
            contents[path] = stream.read()
    middle = process_time()
    made: set[str] = set()
    for path, content in contents.items():
        parent = f"{out}/{path}".rpartition("/")[0]
        if parent not in made:
            os.makedirs(parent, exist_ok=True)  # noqa: PTH103
            made.add(parent)
        with open(f"{out}/{path}", "wb") as stream:  # noqa: PTH123
            stream.write(content)
    end = process_time()
    return {"read": middle - start, "write": end - middle, "files": len(paths)}


def prod_groups(listed: str, size: str) -> dict[str, float]:
    """Cut a list as make-prod-groups does."""
    from bench.prod_groups import make

    start = process_time()
    texts = make(Path(listed), "all", int(size))
    return {"cpu": process_time() - start, "groups": len(texts)}


def recorded_transaction(root: str, events: str) -> dict[str, float]:
    """Record events in one transaction."""
    from bench.transactions import transaction

    return transaction(root, events)


def recorded_import(root: str, events: str) -> dict[str, float]:
    """Import as many files as events would be."""
    from bench.transactions import fast_import

    return fast_import(root, events)


def spool_read(*spools: str) -> dict[str, float]:
    """List spools and read all their files, in the plainest way."""
    _settle()
    start = process_time()
    size = 0
    for spool in spools:
        with os.scandir(spool) as found:
            for entry in found:
                with open(entry.path, "rb") as stream:  # noqa: PTH123
                    size += len(stream.read())
    return {"cpu": process_time() - start, "bytes": size}


def spool_fold(spool: str, kept: str) -> dict[str, float]:
    """Fold a spool, and count its jobs; ``peak`` is what that took beyond what was there, in MiB."""
    from cmcompile.signals.packed import Packed

    _settle()
    before = _peak()
    start = process_time()
    with Packed(Path(spool), Path(kept)) as found:
        counts = found.counts()
    return {"cpu": process_time() - start, "jobs": counts.jobs, "peak": _peak() - before}


def _compiled(root: Path) -> Compilation:
    spec, findings = load(WorkingTree(root), PATH)
    if spec is None:
        raise RuntimeError(f"the campaign can't be read: {findings}")
    result = compile_spec(spec)
    if result.failed:
        raise RuntimeError(f"the campaign has errors: {[f for f in result.findings if f.span][:5]}")
    return result


def _extent(result: Compilation) -> dict[str, float]:
    groups = len(result.groups)
    return {
        "groups": groups,
        "lines": sum(group.data.count(b"\n") for group in result.groups) / groups,
        "bytes": sum(len(group.data) for group in result.groups) / groups,
        "findings": len(result.findings),
    }


def _settle() -> None:
    """Keep what is there already from being searched by the collector while time is taken."""
    gc.collect()
    gc.freeze()


def _peak() -> float:
    """Return the largest memory of this process so far in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage says starts with the memory of the process that started this one.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / _MIB if sys.platform == "darwin" else used / 1024


_WORKS: dict[str, Callable[..., dict[str, float]]] = {
    "compile": compile_,
    "documents": documents,
    "dump": dump,
    "store": store,
    "plain": plain,
    "prod-groups": prod_groups,
    "spool-read": spool_read,
    "spool-fold": spool_fold,
    "transaction": recorded_transaction,
    "fast-import": recorded_import,
}

if __name__ == "__main__":
    print(json.dumps(_WORKS[sys.argv[1]](*sys.argv[2:])))
