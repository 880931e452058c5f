"""What measured figures propose, as text and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Literal, TypeAlias

from cmcompile.model.advice import Advice, Advised
from cmcompile.report.screen import Screen
from cmcompile.report.terminal import visible

AdviceFormat: TypeAlias = Literal["text", "json"]

FORMAT = 1


def render_advice(title: str, found: Advised, format: AdviceFormat, screen: Screen) -> str:  # noqa: A002
    """Render what is proposed; ``title`` is what was asked for."""
    if format == "json":
        advice = [{**asdict(one), "key": key_of(one)} for one in found.advice]
        cautions, kept = ([asdict(one) for one in some] for some in (found.cautions, found.kept))
        document = {"format": FORMAT, "kind": "advice", "of": title, "advice": advice}
        document |= {"warnings": cautions, "kept": kept}
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return "".join(_text(title, found, screen))


def key_of(advice: Advice) -> str:
    """Return the key as a person writes it: ``steps.step1.bps.pipetask.isr.requestMemory``."""
    return ".".join(("steps", advice.step, *map(str, advice.keys)))


def _text(title: str, found: Advised, screen: Screen) -> Iterator[str]:
    if not (found.advice or found.cautions or found.kept):
        yield f"{title}: nothing was measured yet, so nothing can be said\n"
        return
    for caution in found.cautions:
        yield screen.paint("warning", "alarm") + visible(f": {caution.step}: {caution.text}") + "\n"
    for one in found.advice:
        yield visible(f"{key_of(one)}: {one.now:,} -> {one.value:,}") + "\n"
        yield visible(f"  {one.because}") + "\n"
        if one.none_left:
            yield "  all groups were sent, so it is for the next campaign: nothing is written\n"
        elif one.groups:
            number = len(one.groups)
            some = f"{number:,} group{'s' * (number > 1)} not sent yet"
            yield f"  for {some}; those that were sent stay as they are\n"
    for kept in found.kept:
        yield visible(f"{kept.step}: {kept.text}") + "\n"
