"""What must not stand in any file of the repository: paths of one machine, package registries, secrets."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Each pattern has a class of one letter where it would otherwise match itself.
FORBIDDEN = {
    "path of a machine": re.compile(
        r"(?<![\w.~-])/(?:wor[k]/|roo[t](?:/|\b)|Users/[a-z]|hom[e]/[a-z][\w-]*/\.|tm[p]/(?:bash_|brief))"
    ),
    "package registry": re.compile(
        r"files\.python[h]osted\.org|https?://\S+/simpl[e]\b|(?<!emit-)index-ur[l]\s*[= ]"
        r"|\b(?:artifactor[y]|devp[i]|codeartifac[t]|jfro[g])\b|nexu[s]\."
    ),
    "address of a private network": re.compile(
        r"https?://(?:1[0]\.\d|192\.16[8]\.|172\.(?:1[6-9]|2\d|3[01])\.)"
    ),
    "secret": re.compile(
        r"-----BEGI[N] [A-Z ]*PRIVATE KEY|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bAKI[A][0-9A-Z]{16}\b"
        r"|https?://[^/\s:@{$<]+:[^/\s@{$<]+@"
    ),
}


def offences(text: str) -> list[str]:
    return [
        f"line {text.count(chr(10), 0, match.start()) + 1}: {what}: {match[0]}"
        for what, pattern in FORBIDDEN.items()
        for match in pattern.finditer(text)
    ]


def files_of_the_repository() -> list[Path]:
    """Return tracked files, and new ones that git does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    paths = [ROOT / name for name in done.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_no_file_names_this_machine_a_registry_or_a_secret() -> None:
    files = files_of_the_repository()
    if not files:
        pytest.skip("not a git checkout")
    found = {
        str(path.relative_to(ROOT)): wrong
        for path in files
        if (wrong := offences(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "see /" + "work/main/x",
        "cd '/" + "root'",
        "pip install --index" + "-url https://pip.example.org",
        "https://pip.example.org/" + "simple/click",
        "http://10" + ".1.2.3:8080",
        "https://me:word" + "@example.org",
        "ghp" + "_" + "a" * 36,
    ],
)
def test_an_offence_is_seen(text: str) -> None:
    assert offences(f"first\n{text}\n")[0].startswith("line 2: ")


@pytest.mark.parametrize(
    "text",
    [
        "uv pip compile --no-emit-index-url",
        "/sdf/group/rubin/work/x",
        "a/roots/b",
        "https://token:${{ secrets.T }}@example.org",
    ],
)
def test_what_is_harmless_is_let_through(text: str) -> None:
    assert offences(text) == []
