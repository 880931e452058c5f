"""The two template languages of a rule, ``{x}`` and ``$(x)``, as one of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cmcompile.imports.names import var_name
from cmcompile.imports.tree import literal

#: Where outputs end: run and segment.
ENDING = "-${{ job.run | pad(8) }}-${{ job.segment | pad(5) }}.root"
#: How outputs and logs are named where a rule does not say.
LOGBASE = "{outbase}-$INT(run,%08i)-$INT(seg,%05i)"
_INT = re.compile(r"\$INT\((\w+)\s*,\s*(?:\{(\w+)\}|%0?(\d+)[di])\)")
_CONDOR = re.compile(r"\$\(([\w.]+)\)")
_PYTHON = re.compile(r"\{(\w+)\}")
_DIGITS = {"RUNFMT": 8, "SEGFMT": 5}
_RUN, _SEGMENT = "job.run", "job.segment"
#: What is put together from the columns of a job.
_JOB = {
    "run": _RUN,
    "runnumber": _RUN,
    "seg": _SEGMENT,
    "segment": _SEGMENT,
    "firstevent": "job.firstevent",
    "lastevent": "job.lastevent",
    "runs_last_event": "job.runs_last_event",
    "neventsper_job": "job.neventsper",
}
#: Texts with blanks between: a script gets them with commas, and only the shell can put them into a word.
_IN_SHELL = {"inputs": "files", "ranges": "fileranges"}
_COLUMN = re.compile(r"\bjob\.(\w+)|\$\{JOB_(\w+?)//")
#: Runs in hundreds, as folders are named by them.
RUN_GROUP = "${{ job.run | floor(100) | pad(8) }}_${{ (job.run | floor(100) + 100) | pad(8) }}"
#: What else has another name here.
_NAMES = {"dbtag": "tag"}


def expressed(text: str, known: Mapping[str, object], unknown: dict[str, None]) -> str:
    """Return a text of a rule with expressions for its names.

    Parameters
    ----------
    known
        The vars that there will be.
    unknown
        Gets the names that are neither.
    """
    made = _INT.sub(_padded, literal(text))
    made = _CONDOR.sub(lambda found: _one(found[1], known, unknown), made)
    return _PYTHON.sub(lambda found: _python(found, made, known, unknown), made)


def arguments(text: str, known: Mapping[str, object], unknown: dict[str, None]) -> list[str]:
    """Return the words that a script is given, as `expressed` has them; the shell must not cut values."""
    words = [expressed(word, known, unknown) for word in text.split()]
    return [f'"{word}"' if "${" in word else word for word in words]


def expressed_all(raw: Mapping[str, object], unknown: dict[str, None]) -> dict[str, object]:
    """Return vars with expressions for the names in them; ``rungroup``, which is ours, if one names it."""
    made = {
        var_name(key): value
        if key == "rungroup" or not isinstance(value, str)
        else expressed(value, raw, unknown)
        for key, value in raw.items()
    }
    used = any("${{ rungroup }}" in str(value) for value in made.values())
    return {key: value for key, value in made.items() if used or key != "rungroup"}


def _padded(found: re.Match[str]) -> str:
    digits = _DIGITS.get(found[2] or "") or int(found[3] or 8)
    name = _JOB.get(found[1], f"job.{found[1]}")
    return f"${{{{ {name} | pad({digits}) }}}}"


def _python(found: re.Match[str], text: str, known: Mapping[str, object], unknown: dict[str, None]) -> str:
    if text[found.start() - 1 : found.start()] in ("{", "$"):
        return found[0]  # inside of an expression, or a variable of the shell
    return _one(found[1], known, unknown)


def _one(name: str, known: Mapping[str, object], unknown: dict[str, None]) -> str:
    if name == "PWD":
        return "$PWD"
    if name in _IN_SHELL:
        return f"${{JOB_{_IN_SHELL[name]}// /,}}"
    name = _NAMES.get(name, name)
    if name in known:
        return f"${{{{ {name} }}}}"
    if name in _JOB:
        return f"${{{{ {_JOB[name]} }}}}"
    name = var_name(name)
    unknown[name] = None
    return f"${{{{ {name} }}}}"


def columns(texts: list[str]) -> list[str]:
    """Return the columns of a job that some texts name, those that tell jobs apart first."""
    found = dict.fromkeys(["run", "segment"])
    for text in texts:
        found.update(dict.fromkeys(one or other for one, other in _COLUMN.findall(text)))
    return list(found)
