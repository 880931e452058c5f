"""No document makes a rule stumble, and every finding has a place."""

from __future__ import annotations

from typing import Any

import yaml
from bps_documents import doc, found, include
from hypothesis import given, settings
from hypothesis import strategies as st

from cmcompile.bps.keys import KINDS, SECTION_NAMES

KEYS = st.sampled_from([*sorted(KINDS), *SECTION_NAMES, "request_memory", "isr", "x"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**6),
    st.floats(allow_nan=True),
    st.sampled_from(
        ["", "{x}", "{", "}}", "{x:{y}}", "{0}{}", "a.yaml#b,c,isr", "isr,,x", "${A_DIR}x", "None"]
    ),
    st.text(max_size=6),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)
BODIES = st.dictionaries(KEYS, VALUES, max_size=4)
SECTIONS = st.fixed_dictionaries(
    {},
    optional={
        "payload": VALUES | BODIES,
        "cluster": st.dictionaries(st.sampled_from(["a", "b"]), BODIES | SCALARS),
        "pipetask": st.dictionaries(st.sampled_from(["isr", "x"]), BODIES | SCALARS),
        "site": st.dictionaries(st.just("s"), BODIES),
    },
)


@settings(max_examples=200, deadline=None)
@given(root=BODIES, sections=SECTIONS, included=VALUES, hidden=st.booleans())
def test_any_document_is_judged(
    root: dict[str, Any], sections: dict[str, Any], included: Any, hidden: bool
) -> None:
    text = yaml.safe_dump({**root, **sections}, allow_unicode=True)
    made = doc(
        text,
        include("a.yaml", yaml.safe_dump(included, allow_unicode=True)),
        *([include("${X}/b.yaml", None)] if hidden else []),
        variables=frozenset({"B"}),
        dimensions=frozenset({"tract"}),
    )
    assert all(diagnostic.span is not None for diagnostic in found(made))
