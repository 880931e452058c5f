"""The golden corpus: small campaigns, and the files that they were compiled to.

``python tests/golden/golden_tools.py`` writes the files anew. It refuses where bytes have changed and
``EMIT`` in ``cmcompile/version.py`` was not raised: whoever has submitted a file must be able to tell which
bytes a version gives.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cmcompile.compiler.compile import compile_spec
from cmcompile.model.diagnostic import Severity
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load
from cmcompile.version import EMIT

GOLDEN = Path(__file__).parent
VERSION = GOLDEN / "emit.txt"
NAMES = sorted(path.parent.name for path in GOLDEN.glob("*/given"))


def compiled(name: str) -> dict[str, bytes]:
    """Compile a campaign of the corpus; return its files by path."""
    spec, findings = load(WorkingTree(GOLDEN / name / "given"), f"campaigns/{name}/campaign.yaml")
    assert spec is not None, findings
    result = compile_spec(spec)
    assert not [f for f in result.findings if f.severity is Severity.ERROR], result.findings
    files = {path: file.data for path, file in result.includes.items()}
    return files | {group.path: group.data for group in result.groups}


def written(name: str) -> dict[str, bytes]:
    """Return the files of the corpus."""
    root = GOLDEN / name / "emitted"
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def recorded() -> int:
    """Return the version of the bytes in the corpus; 0 where there are none."""
    return int(VERSION.read_text(encoding="utf-8")) if VERSION.is_file() else 0


def main() -> int:
    """Write the corpus anew."""
    for name in NAMES:
        new, old = compiled(name), written(name)
        if old and recorded() == EMIT and any(old[path] != new.get(path) for path in old):
            sys.stderr.write(f"{name}: bytes have changed; raise EMIT in cmcompile/version.py first\n")
            return 1
        root = GOLDEN / name / "emitted"
        for path in old.keys() - new.keys():
            (root / path).unlink()
        for path, data in new.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
    VERSION.write_text(f"{EMIT}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
