"""All mutants, one per guard."""

from __future__ import annotations

import mutants_gate
import mutants_ledger
import mutants_looking

MUTANTS = (*mutants_gate.MUTANTS, *mutants_ledger.MUTANTS, *mutants_looking.MUTANTS)
