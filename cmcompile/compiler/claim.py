"""What a claim adds to a compiled group: the files that BPS is handed, byte for byte.

The claim layer is added at submission only: ``payload.outputRun`` and ``submitPath``, both literal. BPS would
otherwise name the run after the time, and nobody could ask later whether the submission happened.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from cmcompile.compiler.emit import scalar
from cmcompile.model.group import CompiledGroup, IncludeFile

#: The name of the submit file in the directory of a workflow.
SUBMIT = "submit.yaml"

_PAYLOAD = re.compile(rb"^payload:( \{\})?\n", re.MULTILINE)
_NEXT_KEY = re.compile(rb"^[^ \n]", re.MULTILINE)
_ANY_PAYLOAD = re.compile(rb"^[\"']?payload[\"']?:", re.MULTILINE)
_OUTPUT_RUN = re.compile(rb"^  outputRun:", re.MULTILINE)
_GRAPH_OPTIONS = re.compile(rb"^  [\"']?extraQgraphOptions[\"']?:", re.MULTILINE)
_SUBMIT_PATH = re.compile(rb"^submitPath:", re.MULTILINE)
#: As events of the ledger are named, which stand in the same directory.
_EVENT = re.compile(r"\d{4,}-[a-z_]+\.json\Z")


def with_claim(data: bytes, output_run: str, submit_path: str, graph_options: str = "") -> bytes:
    """Return the bytes of a compiled file with the keys of a claim.

    ``outputRun`` becomes the last key of ``payload``, since BPS has a default for it there that would hide
    one at root; ``submitPath`` becomes the last key of the file. Where outputs of earlier runs are taken
    over, ``payload`` ends with ``extraQgraphOptions``, which BPS takes from there first. All other bytes stay
    as they are.

    Parameters
    ----------
    data
        As `compile_spec` gives it.
    graph_options
        Options for the making of the graph: those of the file, and what the claim adds to them. Empty: those
        of the file as they are.

    Raises
    ------
    ValueError
        When the file sets one of these keys itself where it is put, or its ``payload`` is no mapping.
    """
    if data and not data.endswith(b"\n"):
        data += b"\n"
    run = f"  outputRun: {scalar(output_run, 4)}\n".encode()
    if graph_options:
        run += f"  extraQgraphOptions: {scalar(graph_options, 4)}\n".encode()
    found = _PAYLOAD.search(data)
    if found is None:
        if _ANY_PAYLOAD.search(data):
            raise ValueError("payload is not a mapping in block style")
        data += b"payload:\n" + run
    else:
        following = _NEXT_KEY.search(data, found.end())
        end = following.start() if following else len(data)
        if _OUTPUT_RUN.search(data, found.end(), end):
            raise ValueError("the file sets payload.outputRun itself")
        if graph_options and _GRAPH_OPTIONS.search(data, found.end(), end):
            raise ValueError("the file sets payload.extraQgraphOptions itself; set it at root")
        data = data[: found.start()] + b"payload:\n" + data[found.end() : end] + run + data[end:]
    if _SUBMIT_PATH.search(data):
        raise ValueError("the file sets submitPath itself")
    return data + f"submitPath: {scalar(submit_path, 2)}\n".encode()


def as_run_files(
    made: CompiledGroup,
    includes: Mapping[str, IncludeFile],
    output_run: str,
    submit_path: str,
    graph_options: str = "",
) -> dict[str, bytes]:
    """Return the files that BPS is handed for one submission, by path in the workflow's directory.

    Parameters
    ----------
    includes
        The include files of the compilation, by path in its output.
    graph_options
        As for `with_claim`.

    Raises
    ------
    ValueError
        As `with_claim`; also when an include stands where the submit file or an event stands.
    """
    folder = posixpath.dirname(made.path)
    files = {SUBMIT: with_claim(made.data, output_run, submit_path, graph_options)}
    for path in made.includes:
        place = posixpath.relpath(path, folder) if folder else path
        if place == SUBMIT or place.startswith(f"{SUBMIT}/") or _EVENT.match(place):
            raise ValueError(f"the include {path} would take the place of a file of the ledger")
        files[place] = includes[path].data
    return files
