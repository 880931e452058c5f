"""What was recorded of a group, for the tests of what shows it."""

from __future__ import annotations

from cmcompile.model import event as e
from cmcompile.model.decision import Decision, Verb
from cmcompile.model.outcome import Outcome, TaskOutcome
from cmcompile.model.source import Span
from cmcompile.model.status import LogLine

ANN, BOT = "Ann <ann@example.org>", "cm-apply"
HOSTILE = "\x1b[31mred\u202e | <b>`@all`</b>\nsecond line"
PROCESS = e.Process("login3.example", "b00710", 4711)
WMS = e.WmsRef("lsst.ctrl.bps.panda.PanDAService", "usdf")
SPEC = e.SpecRef("campaigns/dp02/campaign.yaml", "1a2b3c4d5e6f7a8b", "0.2.0", 4)

DECISIONS = {
    "abcdef012345": Decision(
        "abcdef012345",
        Verb.ABANDON,
        e.Subject("step1", "3", "w00"),
        ANN,
        "2026-11-20T05:00:00Z",
        "PanDA has no such task, asked the operators",
        Span("campaigns/dp02/decisions.yaml", 9, 3),
        gate="9a7e" * 4,
    )
}


def claimed(group: str, workflow: str, **more: object) -> e.Claimed:
    run = f"u/ann/dp02/step1/{group}/{workflow}-0a1b2c"
    return e.Claimed(
        run.replace("/", "_"),
        "u_",
        run,
        f"/scratch/{run}",
        WMS,
        "d" * 64,
        SPEC,
        PROCESS,
        **more,  # type: ignore[arg-type]
    )


def lines() -> tuple[LogLine, ...]:
    """Return the events of step1/3: lost, given up, sent again, rescued, accepted; in no order."""
    partial = Outcome((TaskOutcome("isr", 1500, 1488, 9, 3),))
    told: list[tuple[str, str, e.Subject, e.Body, dict[str, str]]] = [
        ("01:00", BOT, _of("3", "w00"), claimed("3", "w00"), {"ci": "https://ci.example/1"}),
        ("01:20", BOT, _of("3", "w00"), e.Prepared({"graph.qg": "ab"}, 1500), {}),
        ("01:21", BOT, _of("3", "w00"), e.Submitting("u_w00", WMS, "a", "b", PROCESS, 4712), {}),
        ("01:51", BOT, _of("3", "w00"), e.Unknown("9a7e" * 4, "no reply within 30 min"), {}),
        ("02:30", BOT, _of("3", "w00"), e.Reviewed("not_found", "asked 3 times"), {}),
        ("05:01", BOT, _of("3", "w00"), e.Abandoned("9a7e" * 4, "decided"), {"decision": "abcdef012345"}),
        ("05:02", BOT, _of("3", "w01"), claimed("3", "w01"), {"decision": "gone0gone0go"}),
        # The clock of this writer is late; its number says that it came after the claim.
        ("05:00", BOT, _of("3", "w01"), e.PrepareFailed(HOSTILE, transient=True), {}),
        ("05:10", BOT, _of("3", "w01"), claimed("3", "w01"), {}),
        ("05:30", BOT, _of("3", "w01"), e.Submitting("u_w01", WMS, "a", "b", PROCESS, 4713), {}),
        (
            "05:31",
            BOT,
            _of("3", "w01"),
            e.Submitted("4711", "9a7e" * 4, True, "https://panda.example/4711"),
            {},
        ),
        ("06:00", BOT, _of("3", "w01"), e.Observed("partial", "SubFinished", "4711", partial), {}),
        ("06:10", ANN, _of("bad-psf.3", "w00"), claimed("bad-psf.3", "w00", covers=("3", "4")), {}),
        ("07:00", ANN, e.Subject("step1", "3"), e.Accepted(("3@w01", "bad-psf.3@w00"), "few", 1, 1500), {}),
        ("07:10", BOT, e.Subject("step1"), e.Chained("u/ann/dp02/step1", ("3@w01", "bad-psf.3@w00")), {}),
    ]
    numbers: dict[e.Subject, int] = {}
    made: list[LogLine] = []
    for at, by, subject, body, more in told:
        numbers[subject] = numbers.get(subject, 0) + 1
        draft = e.Draft(subject, f"{len(made):016x}", f"2026-11-20T{at}:00Z", by, body, **more)
        author = ANN if by == BOT and at < "02" else by
        made.append(LogLine(e.Event(numbers[subject], draft), f"{len(made):02d}5e6f7a8b9c0d1e", author))
    return tuple(reversed(made))


def _of(group: str, workflow: str) -> e.Subject:
    return e.Subject("step1", group, workflow)
