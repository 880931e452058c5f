"""Compare a compiled DP0.2 with the digests of the submit files that were run in 2022."""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml


def digest(folder: Path, pattern: str) -> tuple[int, str]:
    """Return how many files match, and the digest over what they hold."""
    files = sorted(folder.glob(pattern), key=lambda p: p.name)
    out = sha256()
    for file in files:
        content: dict[str, Any] = yaml.safe_load(file.read_bytes())
        content["includeConfigs"] = [_file_name(name) for name in content["includeConfigs"]]
        out.update(f"{file.name}\0{json.dumps(content, sort_keys=True)}\n".encode())
    return len(files), out.hexdigest()[:16]


def _file_name(include: str) -> str:
    return include if include.startswith("$") else include.rpartition("/")[2]


def main(tree: Path, known: Path) -> int:
    """Print one line per folder; return 1 when one differs."""
    expected = json.loads(known.read_text())
    failed = 0
    for folder, wanted in expected.items():
        if folder == "about":
            continue
        count, found = digest(tree / folder, wanted["files"])
        equal = (count, found) == (wanted["count"], wanted["digest"])
        failed += not equal
        verdict = "equal to what was run" if equal else f"DIFFERENT: {found}, not {wanted['digest']}"
        sys.stdout.write(f"  {folder:<14}{count:>3} files, {verdict}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
