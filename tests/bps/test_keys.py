"""The tables of keys agree with the installed BPS."""

from __future__ import annotations

import re
import warnings
from dataclasses import fields
from typing import Any

import pytest

from cmcompile.bps import defaults, keys
from cmcompile.bps.keys import Kind
from cmcompile.model.resolved import Branch, tree_plain


@pytest.fixture(scope="module")
def bps_defaults() -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = pytest.importorskip("lsst.ctrl.bps.bps_config")
    found: dict[str, Any] = module.BPS_DEFAULTS
    return found


@pytest.fixture(scope="module")
def transform() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("lsst.ctrl.bps.transform")


def camel(name: str) -> str:
    return re.sub(r"_(\S)", lambda match: match.group(1).upper(), name)


def fits(kind: Kind, value: object) -> bool:
    allowed: dict[Kind, type | tuple[type, ...]] = {
        Kind.TEXT: str,
        Kind.WHOLE: int,
        Kind.NUMBER: (int, float),
        Kind.FLAG: bool,
        Kind.CODES: (int, list),
        Kind.MAPPING: dict,
    }
    return isinstance(value, allowed[kind])


def test_job_keys_are_the_fields_of_a_job(transform: Any) -> None:
    not_set_by_files = {"name", "label", "quantaCounts", "tags", "executable", "arguments", "cmdvals"}
    real = {camel(field.name) for field in fields(transform.GenericWorkflowJob)}
    assert set(keys.JOB_KEYS) == real - not_set_by_files


def test_how_clusters_combine_is_as_in_bps(transform: Any) -> None:
    assert {camel(name) for name in transform._ATTRS_MAX} == keys.JOB_MAX
    assert {camel(name) for name in transform._ATTRS_SUM} == keys.JOB_SUM
    free = {camel(name) for name in transform._ATTRS_MISC}
    assert free & set(keys.JOB_KEYS) == keys.JOB_FREE
    universal = {camel(name) for name in transform._ATTRS_UNIVERSAL}
    assert set(keys.JOB_UNIFORM) - {"runQuantumCommand"} == universal & set(keys.JOB_KEYS)


def test_every_default_is_a_known_key_of_its_kind(bps_defaults: dict[str, Any]) -> None:
    root = {**keys.ROOT_KEYS, **keys.JOB_KEYS}
    for key, value in bps_defaults.items():
        assert fits(root[key], value), key
    for key, value in bps_defaults["payload"].items():
        assert fits(keys.PAYLOAD_KEYS[key], value), key
    final = {**keys.FINAL_JOB_KEYS, **keys.JOB_KEYS}
    for key, value in bps_defaults["finalJob"].items():
        assert re.fullmatch(r"command\d", key) or fits(final[key], value), key


def test_names_with_a_default_are_all_there(bps_defaults: dict[str, Any]) -> None:
    assert set(bps_defaults) == defaults.DEFAULT_NAMES
    assert set(bps_defaults["payload"]) == keys.PAYLOAD_DEFAULTS


def test_defaults_have_the_values_of_bps(bps_defaults: dict[str, Any]) -> None:
    mine = tree_plain(defaults.DEFAULTS)
    assert isinstance(mine, dict)
    assert mine == {key: bps_defaults[key] for key in mine}


def test_dimensions_are_those_of_the_butler() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        butler = pytest.importorskip("lsst.daf.butler")
        universe = butler.DimensionUniverse()
    assert universe.version > 0
    real = {name for name in universe.dimensions.names if not name.startswith(("htm", "healpix", "ssp_"))}
    assert real == defaults.DIMENSIONS - {"healpix"}


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("request_memory", "requestMemory"),
        ("requestmemory", "requestMemory"),
        ("RequestMemory", "requestMemory"),
        ("data-query", "dataQuery"),
        ("requestMemory", None),
        ("sw_image", None),
        ("custom_lsst_setup", None),
        ("something_else", None),
    ],
)
def test_right_spelling(written: str, right: str | None) -> None:
    assert keys.right_spelling(written) == right


def test_no_two_keys_differ_by_spelling_only() -> None:
    assert len(keys.SPELLINGS) == len(keys.KINDS)


def test_nearest() -> None:
    known = frozenset({"pipelineYaml", "payload"})
    assert keys.nearest("pipelineYml", known) == "pipelineYaml"
    assert keys.nearest("xyz", known) is None


def test_defaults_are_one_tree() -> None:
    assert isinstance(defaults.DEFAULTS.get("payload"), Branch)
