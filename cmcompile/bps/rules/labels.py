"""Rule 22, as far as no pipeline is needed: the labels after ``#`` of the pipeline."""

from __future__ import annotations

from cmcompile.bps.view import View, entries, text_of, words
from cmcompile.model.codes import bps as codes
from cmcompile.model.resolved import Branch


def check(view: View) -> None:
    """Report labels that no pipeline can have: empty ones, and ones with a space."""
    pipeline = view.find("pipelineYaml")
    _, sign, written = (text_of(pipeline) or "").partition("#")
    if not sign or "{" in written:
        return
    bad = [label for label in written.split(",") if not label or any(c.isspace() for c in label)]
    if bad:
        shown = ", ".join(repr(label) for label in bad)
        hint = "write labels with commas between them and no space: `#isr,calibrateImage`"
        view.report(codes.BAD_LABEL, pipeline, f"`pipelineYaml` has the label {shown} after `#`", hint)


def tasks_run(view: View) -> frozenset[str]:
    """Return the tasks that the pipeline runs, where that is known without reading it; else nothing.

    A single label may be a subset. Of several, one at least must be named as a task elsewhere in the file.
    """
    written = (text_of(view.find("pipelineYaml")) or "").partition("#")[2]
    labels = frozenset() if "{" in written or ".." in written else frozenset(words(written))
    return labels if len(labels) > 1 and labels & _known_tasks(view) else frozenset()


def _known_tasks(view: View) -> frozenset[str]:
    tasks = view.tree.get("pipetask")
    known = {key for key, _ in entries(tasks)} if isinstance(tasks, Branch) else set()
    for _, body in view.bodies("cluster"):
        known |= set(words(text_of(body.get("pipetasks")))) if isinstance(body, Branch) else set()
    return frozenset(known)
