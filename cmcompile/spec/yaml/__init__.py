"""The one strict reader of YAML: nodes with exact positions, and a finding for every trap.

It reads what YAML 1.1 and YAML 1.2 readers understand alike, and refuses the rest: a spec is read by
people, editors, BPS and cmcompile, and all of them must see the same values.
"""

from __future__ import annotations

from cmcompile.spec.yaml.limits import Limits
from cmcompile.spec.yaml.reader import read

__all__ = ["read", "Limits"]
