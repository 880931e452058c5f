"""Tagged inputs are the same when groups are taken from a former compilation."""

from __future__ import annotations

from pathlib import Path

from test_kept_compile import former_of, kept_of, nobody

from cmcompile.compiler.compile import compile_again, compile_spec, expand_again
from cmcompile.compiler.kept.packing import pack, unpack
from cmcompile.model.campaign import Spec
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

GIVEN = Path(__file__).parents[1] / "cases/tagged-is-fine/given"


def spec() -> Spec:
    found, _ = load(WorkingTree(GIVEN), "campaigns/c/campaign.yaml")
    assert found is not None
    return found


def test_tagged_inputs_are_those_of_a_whole_compilation() -> None:
    plain = compile_spec(spec())
    assert len(plain.tagged.declared) == 3
    former = former_of(unpack(pack(kept_of(plain))))
    again = compile_again(spec(), nobody, former)
    assert again.rows
    assert again.tagged == plain.tagged
    assert again.findings == plain.findings
    assert expand_again(spec(), nobody, former).tagged == plain.tagged
