"""What answers to a push mean: the words of git, and of remotes, as they were seen."""

from __future__ import annotations

import pytest

from cmcompile.git.answer import Verdict, judged, plain
from cmcompile.git.run import Result

REF = "refs/heads/cm/c"
DONE, MOVED, REFUSED = Verdict.DONE, Verdict.MOVED, Verdict.REFUSED
UNREACHED, UNCLEAR = Verdict.UNREACHED, Verdict.UNCLEAR
FAILED = "error: failed to push some refs to 'https://forge.invalid/r.git'"
LOCK = "remote: error: cannot lock ref 'refs/heads/cm/c': "


def answer(flag: str, summary: str, error: str = FAILED, code: int = 1) -> Result:
    out = f"To https://forge.invalid/r.git\n{flag}\t1234abcd:{REF}\t{summary}\n"
    return Result(code, out.encode(), error)


@pytest.mark.parametrize(
    ("flag", "summary"),
    [
        (" ", "1111111..2222222"),
        ("*", "[new branch]"),
        ("=", "[up to date]"),
        ("+", "1111111...2222222 (forced update)"),
        ("-", "[deleted]"),
    ],
)
def test_done(flag: str, summary: str) -> None:
    assert judged(answer(flag, summary, "", 0), REF).verdict is DONE
    assert judged(answer(flag, summary, "error: tracking ref", 1), REF).verdict is DONE


@pytest.mark.parametrize(
    ("summary", "error", "verdict"),
    [
        ("[rejected] (stale info)", FAILED, MOVED),
        ("[rejected] (fetch first)", FAILED, MOVED),
        ("[rejected] (non-fast-forward)", FAILED, MOVED),
        ("[rejected] (remote ref updated since checkout)", FAILED, MOVED),
        ("[rejected] (something new)", FAILED, UNCLEAR),
        ("[remote rejected] (failed to update ref)", f"{LOCK}is at 1111 but expected 2222", MOVED),
        ("[remote rejected] (cannot lock ref 'refs/heads/cm/c': is at 1 but expected 2)", FAILED, MOVED),
        ("[remote rejected] (reference already exists)", FAILED, MOVED),
        ("[remote rejected] (incorrect old value provided)", FAILED, MOVED),
        ("[remote rejected] (failed to update ref)", f"{LOCK}Unable to create 'c.lock': File exists", MOVED),
        ("[remote rejected] (failed to update ref)", f"{LOCK}'refs/heads/cm' exists; cannot create", REFUSED),
        ("[remote rejected] (failed to update ref)", f"{LOCK}Permission denied", REFUSED),
        ("[remote rejected] (pre-receive hook declined)", FAILED, REFUSED),
        ("[remote rejected] (hook declined)", FAILED, REFUSED),
        ("[remote rejected] (protected branch hook declined)", FAILED, REFUSED),
        ("[remote rejected] (deletion prohibited)", FAILED, REFUSED),
        ("[remote rejected] (non-fast-forward)", FAILED, REFUSED),
        ("[remote rejected] (permission denied)", FAILED, REFUSED),
        ("[remote rejected] (unpacker error)", FAILED, REFUSED),
        ("[remote rejected] (Internal Server Error)", FAILED, UNCLEAR),
        ("[remote rejected] (timeout)", FAILED, UNCLEAR),
        ("[remote failure] (remote failed to report status)", FAILED, UNCLEAR),
        ("[no idea]", FAILED, UNCLEAR),
    ],
)
def test_rejected(summary: str, error: str, verdict: Verdict) -> None:
    found = judged(answer("!", summary, error), REF)
    assert found.verdict is verdict
    assert summary in found.words
    assert error in found.words


def test_odd_flag() -> None:
    assert judged(answer("X", "[no match]"), REF).verdict is UNCLEAR


def test_another_branch_says_nothing() -> None:
    other = Result(1, b"To x\n*\tabc:refs/heads/cm/c2\t[new branch]\n", "")
    assert judged(other, REF).verdict is UNCLEAR


INITIAL = (
    "fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights"
)


@pytest.mark.parametrize(
    ("code", "error", "verdict"),
    [
        (128, f"ssh: connect to host forge.invalid port 22: Connection refused\n{INITIAL}", UNREACHED),
        (128, f"git@forge.invalid: Permission denied (publickey).\n{INITIAL}", UNREACHED),
        (128, "fatal: unable to access 'https://forge.invalid/': Could not resolve host: x", UNREACHED),
        (128, "fatal: repository 'https://forge.invalid/r.git/' not found", UNREACHED),
        (128, "fatal: Authentication failed for 'https://forge.invalid/r.git/'", UNREACHED),
        (
            128,
            "fatal: could not read Username for 'https://forge.invalid': terminal prompts disabled",
            UNREACHED,
        ),
        (128, f"fatal: 'x' does not appear to be a git repository\n{INITIAL}", UNREACHED),
        (
            128,
            f"ERROR: The key you are authenticating with has been marked as read only.\n{INITIAL}",
            REFUSED,
        ),
        (128, f"ERROR: Permission to a/b.git denied to somebody.\n{INITIAL}", REFUSED),
        (
            128,
            "remote: Write access to repository not granted.\n"
            "fatal: unable to access 'https://forge.invalid/': The requested URL returned error: 403",
            REFUSED,
        ),
        (1, "Not on a Friday\nerror: failed to push some refs to 'x'", REFUSED),
        (128, "fatal: the remote end hung up unexpectedly", UNCLEAR),
        (128, "send-pack: unexpected disconnect while reading sideband packet\nfatal: …", UNCLEAR),
        (
            1,
            "error: RPC failed; curl 56 Recv failure\nfatal: the remote end hung up unexpectedly\n"
            "error: failed to push some refs to 'x'",
            UNCLEAR,
        ),
        (128, f"error: RPC failed; HTTP 502\n{INITIAL}", UNCLEAR),
        (128, "fatal: something nobody has seen", UNCLEAR),
        (-9, INITIAL, UNCLEAR),
        (0, "Everything up-to-date", UNCLEAR),
    ],
)
def test_no_status(code: int, error: str, verdict: Verdict) -> None:
    assert judged(Result(code, b"", error), REF).verdict is verdict


def test_no_secrets_in_words() -> None:
    user = "me:" + "s3cret"
    words = f"fatal: unable to access 'https://{user}@forge.invalid/r': no\nssh://git@forge.invalid x@y"
    assert plain(words) == "fatal: unable to access 'https://forge.invalid/r': no\nssh://forge.invalid x@y"
    assert "s3cret" not in judged(Result(128, b"", words), REF).words
