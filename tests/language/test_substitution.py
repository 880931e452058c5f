"""``${{ }}``: what it may say, where it may stand, and that nothing in it can do harm."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_tools import BPS, Built, build, build_from, remember, steps

from cmcompile.compiler.plain import FILTERS, ExpressionError

VARS = "vars: {release: w_1, num: 3, f: 1.5, t: true, xs: [1, a], m: {k: v, items: w, deep: {er: 5}}}\n"


def project(text: str, more: str = "") -> Built:
    """Compile a campaign whose BPS key ``mine`` is a text."""
    quoted = "'" + text.replace("'", "''") + "'"
    return build_from(remember(BPS + f"  mine: {quoted}\n" + VARS + more + "steps:\n  s: {}\n"))


def value(text: str, more: str = "") -> Any:
    built = project(text, more)
    assert built.compilation is not None, built.findings
    assert not built.compilation.failed, built.findings
    return built.doc("all")["mine"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${{ release }}", "w_1"),
        ("${{release}}", "w_1"),
        ("a-${{ release }}-${{ num }}", "a-w_1-3"),
        ("${{ num }}", 3),
        ("${{ f }}", 1.5),
        ("${{ t }}", True),
        ("${{ xs }}", [1, "a"]),
        ("${{ m }}", {"k": "v", "items": "w", "deep": {"er": 5}}),
        ("${{ m.k }}", "v"),
        ("${{ m.deep.er }}", 5),
        ("${{ m['k'] }}", "v"),
        ("${{ m.items }}", "w"),
        ("${{ m.items ~ '' }}", "w"),
        ("${{ xs[1] }}", "a"),
        ("${{ xs[0] + 1 }}", 2),
        ("${{ xs | join('+') }}", "1+a"),
        ("${{ xs | join }}", "1a"),
        ("${{ 'ABC' | lower }}", "abc"),
        ("${{ release | replace('_', '-') }}", "w-1"),
        ("${{ num + 1 }}", 4),
        ("${{ num - 1 }}", 2),
        ("${{ -num }}", -3),
        ("${{ 'yes' if num > 2 else 'no' }}", "yes"),
        ("${{ num == 3 and not t }}", False),
        ("${{ [num, 'b'] | join(',') }}", "3,b"),
        ("${{ release[:1] }}", "w"),
        ("${{ 'x' in release }}", False),
        ("t${{ t }}", "ttrue"),
        ("${{ campaign.name }}/${{ step.name }}/${{ group.id }}", "c/s/all"),
        ("${{ group.parent }}", "all"),
    ],
)
def test_values_of_expressions(text: str, expected: object) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "text", ["{x}", "{{", "}}", "${X}", "{{x}}", "$x", "${ {x} }", "100 %", "{% x %}", "{# x #}"]
)
def test_what_belongs_to_bps_passes_untouched(text: str) -> None:
    assert project(text).doc("all")["mine"] == text


def test_a_var_is_rendered_when_used_and_once() -> None:
    more = "ticket: DM-1\n"
    built = build_from(
        remember(
            BPS
            + "  project: '${{ a }}'\n"
            + "vars: {a: '${{ b }}!', b: \"${{ '$' ~ '{{ n }' ~ '}' }}\", unused: '${{ nothing }}'}\n"
            + more
            + steps("s: {}").removeprefix(BPS)
        )
    )
    assert built.found() == ["CM105"] or "nothing" not in str(built.findings)
    assert built.doc("all")["project"] == "${{ n }}!"


TWO_GROUPS = """\
    split: [{by: tract, values: 1..2}]
    vars: {b: 2}
    overrides: [{groups: 2, because: x, vars: {b: 5}}]
"""


def test_vars_merge_over_all_layers_before_a_text_is_rendered() -> None:
    text = BPS + "  mine: x${{ a }}\nvars: {a: '${{ b }}', b: 1}\nsteps:\n  s:\n" + TWO_GROUPS
    built = build_from(remember(text))
    assert [built.doc(g)["mine"] for g in ("1", "2")] == ["x2", "x5"]


def test_inputs_are_rendered_with_the_vars_of_the_group() -> None:
    text = BPS.replace("inCollection: HSC/raw, ", "")
    text += "vars: {b: 1}\ninputs: ['raw/${{ b }}', 'u/${{ tract.value }}']\nsteps:\n  s:\n" + TWO_GROUPS
    built = build_from(remember(text))
    assert built.doc("1")["payload"]["inCollection"] == "raw/2,u/1"
    assert built.doc("2")["payload"]["inCollection"] == "raw/5,u/2"


@pytest.mark.parametrize(
    ("more", "chain"),
    [
        ("vars: {a: '${{ a }}'}", "a → a"),
        ("vars: {a: '${{ b }}', b: '${{ a }}'}", "a → b → a"),
        ("vars: {a: ['${{ b }}'], b: {c: '${{ a }}'}}", "a → b → a"),
        ("vars: {a: '${{ output }}', }\n", ""),
    ],
)
def test_a_circle_is_an_error(more: str, chain: str) -> None:
    text = BPS.replace("output: u/out", "output: 'u/${{ a }}'") + more + "\nsteps: {s: {}}\n"
    found = build_from(remember(text)).finding("CM022")
    assert chain in found.message


def test_a_circle_through_where_is_an_error() -> None:
    built = build_from(remember(steps('s: {where: "visit > 0 and ${{ where }}"}')))
    assert built.place("CM022") == "8:14"
    built = build_from(
        remember(steps("s: {split: [{by: tract, values: 1..2, where: '${{ tract.where }}'}]}"))
    )
    assert "CM022" in built.found()


def test_a_circle_of_steps_is_an_error() -> None:
    text = """
    a: {bps: {project: '${{ steps.b.output }}'}}
    b: {bps: {payload: {output: '${{ steps.a.output }}'}}}
    """
    assert build_from(remember(steps(text))).found() == []
    text = """
    a: {bps: {payload: {output: 'u/${{ steps.b.output }}'}}}
    b: {bps: {payload: {output: 'u/${{ steps.a.output }}'}}}
    """
    assert "CM022" in build_from(remember(steps(text))).found()


def test_a_step_may_ask_for_its_own_output() -> None:
    built = build_from(remember(steps("s: {bps: {project: '${{ steps.s.output }}'}}")))
    assert built.doc("all")["project"] == "u/out"


@pytest.mark.parametrize(
    "name",
    ["step", "group", "output", "inputs", "ticket", "campaign", "n", "lo", "where", "tract", "detector"],
)
def test_a_var_may_not_have_the_name_of_an_axis_or_a_built_in(name: str) -> None:
    anew = "{r: {because: x, split: [{by: detector, values: 1..2}]}}"
    step = f"s: {{split: [{{by: tract, values: 1..2}}], rescues: {anew}}}"
    built = build_from(remember(steps(step) + f"vars: {{{name}: 1}}\n"))
    assert built.place("CM024").endswith(":8")


def test_an_axis_may_not_have_a_built_in_name() -> None:
    assert build_from(remember(steps("s: {split: [{name: step, values: 1..2}]}"))).found() == ["CM024"]
    assert build_from(remember(steps("s: {split: [{by: group, values: [a, b]}]}"))).found() == []


def test_names_of_a_group() -> None:
    text = """
    s:
      split: [{by: detector, values: 0..3, count: 2}, {by: tract, list: t, size: 2}]
      bps:
        a: ${{ detector.n }} ${{ detector.lo }} ${{ detector.hi }}
        b: ${{ tract.ids }}
        c: ${{ tract.where }}
        d: ${{ output }}
        e: ${{ inputs }}
    """
    more = "lists: {t: {file: t.txt}}\nexclude: [{tract: 7, because: x}]\ninputs: [i]\n"
    built = build_from(remember(steps(text) + more, {"t.txt": "7\n9\n8\n"}))
    doc = built.doc("2-1")
    assert [doc[k] for k in "abcde"] == ["2 2 3", [8], "tract in (7, 8)", "u/out", "i"]


def test_value_and_n_where_there_is_none() -> None:
    one = build_from(remember(steps("s: {split: [{by: tract, values: 1..4}], bps: {a: '${{ tract.n }}'}}")))
    assert "each group is one value" in one.finding("CM021").message
    many = build_from(
        remember(steps("s: {split: [{by: tract, values: 1..4, size: 2}], bps: {a: '${{ tract.value }}'}}"))
    )
    assert "holds 2 values" in many.finding("CM021").message
    none = build_from(
        remember(steps("s: {split: [{by: tract, values: 1..4, size: 2}], bps: {a: '${{ tract }}'}}"))
    )
    assert "tract" in none.finding("CM021").message


def test_the_parent_of_a_rescue_group() -> None:
    text = """
    s:
      split: [{by: tract, values: 1..4, size: 2}]
      rescues:
        one: {because: x, bps: {a: '${{ group.parent }} ${{ rescue.name }} ${{ group.id }}'}}
        all: {because: x, split: [{by: tract, values: 1..4, size: 4}], bps: {a: '${{ group.parent }}'}}
    """
    built = build_from(remember(steps(text)))
    assert built.doc("one.2")["a"] == "2 one one.2"
    assert built.place("CM021") == "12:79"


def test_outputs_and_collects_of_other_steps() -> None:
    text = """
    a:
      collect: u/${{ campaign.name }}/${{ step.name }}
      split: [{by: tract, values: 1..2}]
      bps: {payload: {output: 'u/${{ group.id }}'}}
    b-1: {}
    s:
      bps:
        a: ${{ steps.a.collect }}
        b: ${{ steps.b-1.output }}
        c: ${{ steps['b-1'].output ~ '!' }}
    """
    built = build_from(remember(steps(text)))
    assert [built.doc("s/all")[k] for k in "abc"] == ["u/c/a", "u/out", "u/out!"]
    built = build_from(remember(steps(text.replace("steps.a.collect", "steps.a.output"))))
    assert "2 outputs" in built.finding("CM021").message


def test_output_has_the_names_of_bps_filled_in() -> None:
    text = (
        BPS.replace("output: u/out", "output: 'u/{payloadName}/${{ group.id }}'")
        + "  project: ${{ output }}\nsteps: {s: {}}\n"
    )
    built = build_from(remember(text))
    assert built.doc("all")["project"] == "u/p/all"
    assert built.doc("all")["payload"]["output"] == "u/{payloadName}/all"


@pytest.mark.parametrize(
    "place",
    [
        "split: [{by: tract, values: ['${{ n }}']}]",
        "split: [{by: tract, values: 1..2, size: '${{ n }}'}]",
        "split: [{by: '${{ n }}', values: 1..2}]",
        "overrides: [{groups: '${{ n }}', because: x}]",
        "needs: '${{ n }}'",
        "'${{ n }}': x",
        "bps: {'${{ n }}': x}",
        "vars: {m: {'a${{ n }}': x}}",
        "extra: {'${{ n }}': {tract: 5, because: x}}",
    ],
)
def test_structure_is_static(place: str) -> None:
    built = build_from(remember(steps(f"s: {{{place}}}") + "vars: {num: 3}\n"))
    assert built.found()[:1] in (["CM026"], ["CM031"])
    assert built.compilation is None


def test_an_axis_where_may_hold_it() -> None:
    where = "tract >= ${{ lo }} and tract <= ${{ hi }} and tract > ${{ n }} and visit > ${{ x }}"
    text = f"s: {{split: [{{by: tract, values: 1..4, size: 2, where: '{where}'}}]}}"
    built = build_from(remember(steps(text) + "vars: {x: 0}\n"))
    assert built.where("2").endswith("tract >= 3 and tract <= 4 and tract > 2 and visit > 0")


#: Attempts to reach further than values, or to take for ever.
ATTACKS = [
    "x.__class__", "''.__class__", "''['__class__']", "(release).__class__.__mro__",
    "release | attr('__class__')", "release.upper()", "xs.append(1)", "range(10)", "lipsum", "cycler",
    "self", "namespace()", "dict(a=1)", "release | upper", "release | map('x')", "xs | join(attribute='x')",
    "release | replace('', 'x')", "release % 3", "release * 1000000000", "n ** 99999", "n / 0", "n // 0",
    "[1, 2] * 9", "{'a': 1}", "xs | tojson", "m.keys()", "m.keys", "xs[9]", "m['no']", "m.no", "release.no",
    "x if false", "missing", "1 +", "(", ")", "((((((", "'", "''|", "|lower", "xs | join(', ', 'y')",
    "n is defined", "n | lower | nope", "-release", "release + 1", "not", "a b", "%}", "{% if x %}", "#}",
    "\n", "\x00", "\u00e9", "\ud835\udc9c", "1_000", "0x", "xs[", "xs[:", "none", "None | lower", "true.x",
    "1.x", "release.n.m", "(" * 60 + "n" + ")" * 60, "-" * 390 + "n", "not " * 90 + "n", "n" + " ~ n" * 90,
    "n" * 390, "[" * 300, "n" * 2000,
]  # fmt: skip


@pytest.mark.parametrize("text", ATTACKS, ids=range(len(ATTACKS)))
def test_no_expression_does_more_than_give_a_value(text: str) -> None:
    built = project("${{ " + text + " }}") if text.isprintable() else None
    if built is None:
        build_from(remember(BPS + f"  project: {yaml_text(text)}\nsteps: {{s: {{}}}}\n" + VARS))
        return
    errors = [f for f in built.findings if f.code.name in ("CM021", "CM022", "CM023")]
    if not errors:
        assert "__" not in str(built.doc("all")["mine"]), text
        assert "<" not in str(built.doc("all")["mine"]), text
    assert all(f.span is not None and f.span.line > 0 for f in built.findings)


def yaml_text(text: str) -> str:
    return '"${{ ' + "".join(f"\\x{ord(c):02x}" for c in text) + ' }}"'


@pytest.mark.parametrize(
    "text",
    [
        "x.__class__",
        "''.__class__",
        "release.upper()",
        "range(9)",
        "release | upper",
        "n ** 9",
        "{'a': 1}",
        "m.keys",
        "xs[9]",
        "m['no']",
    ],
)
def test_the_sandbox_says_no(text: str) -> None:
    built = project("${{ " + text + " }}")
    assert [c for c in built.found() if c in ("CM021", "CM023")], built.findings


@pytest.mark.parametrize("text", ["${{", "a ${{ n", "${{ n }", "${{ n ${{ n }}", "${{}}", "${{  }}"])
def test_what_is_not_closed_is_an_error(text: str) -> None:
    assert project(text).place("CM023") == "7:9"


GROWING = {
    "replace": ("a0: aaaaaaaaaa", "a{n}: \"${{{{ a{m} | replace('a', a{m}) }}}}\""),
    "joined": ("a0: aaaaaaaaaa", 'a{n}: "${{{{ [a{m}, a{m}, a{m}, a{m}] | join }}}}"'),
    "tilde": ("a0: aaaaaaaaaa", "a{n}: '${{{{ a{m} ~ a{m} ~ a{m} ~ a{m} }}}}'"),
    "text": ("a0: aaaaaaaaaa", "a{n}: '${{{{ a{m} }}}}${{{{ a{m} }}}}${{{{ a{m} }}}}${{{{ a{m} }}}}'"),
    "plus": ("a0: [1, 2]", "a{n}: '${{{{ a{m} + a{m} }}}}'"),
    "nested lists": ("a0: [1, 2]", "a{n}: '${{{{ [a{m}, a{m}] }}}}'"),
    "nested vars": ("a0: [1, 2]", "a{n}: ['${{{{ a{m} }}}}', '${{{{ a{m} }}}}']"),
    "mappings": ("a0: {k: v}", "a{n}: {{x: '${{{{ a{m} }}}}', y: '${{{{ a{m} }}}}', z: '${{{{ a{m} }}}}'}}"),
}


@pytest.mark.parametrize("name", GROWING)
def test_values_can_not_grow_without_end(name: str) -> None:
    first, more = GROWING[name]
    lines = [first, *(more.format(n=n, m=n - 1) for n in range(1, 33))]
    text = (
        BPS
        + "  project: '${{ a32 }}'\nvars:\n"
        + "".join(f"  {line}\n" for line in lines)
        + "steps: {s: {}}\n"
    )
    # Without a bound the last of these would have four thousand million parts: the test would not end.
    assert "grows" in build_from(remember(text)).finding("CM023").message


def test_what_would_be_too_long_is_not_made_first() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ExpressionError, match="grows"):
            FILTERS["replace"]("a" * 1000, "a", "b" * 100_000)
        with pytest.raises(ExpressionError, match="grows"):
            FILTERS["join"](["b" * 100_000] * 1000, ",")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("length", [30, 60, 400, 5000])
def test_long_chains_of_vars_end(length: int) -> None:
    chain = ", ".join(f"a{n}: '${{{{ a{n + 1} }}}}'" for n in range(length))
    text = BPS + "  project: '${{ a0 }}'\n" + f"vars: {{{chain}, a{length}: end}}\nsteps: {{s: {{}}}}\n"
    built = build_from(remember(text))
    if length == 30:
        assert built.doc("all")["project"] == "end"
    else:
        assert "on and on" in built.finding("CM022").message


def test_a_list_has_no_place_in_a_text() -> None:
    found = project("a ${{ xs }}").finding("CM023")
    assert found.message == "`${{ xs }}`: a list has no place inside a text; use `| join(',')`"


@pytest.mark.parametrize(
    "place",
    [
        "where: '${{ xs }}'",
        "file: '${{ xs }}'",
        "collect: '${{ m }}'",
        "inputs: ['${{ xs }}']",
        "bps: {includeConfigs: ['${{ xs }}']}",
        "bps: {payload: {output: '${{ xs }}'}}",
    ],
)
def test_a_list_is_no_text(place: str) -> None:
    text = BPS.replace("inCollection: HSC/raw, ", "") + VARS + f"inputs: [i]\nsteps:\n  s: {{{place}}}\n"
    built = build_from(remember(text))
    assert {"CM023", "CM118"} & set(built.found())
    assert "None" not in "".join(f.message for f in built.findings)


def test_an_error_is_shown_where_the_text_stands_that_is_to_blame() -> None:
    text = (
        BPS + "  project: '${{ a }}'\nvars:\n  a: '${{ b }}'\n  b: '${{ nothing }}'\nsteps: {s: {}, t: {}}\n"
    )
    built = build_from(remember(text))
    assert built.place("CM021") == "10:6"
    assert "did you mean" not in built.finding("CM021").hint


def test_a_misspelt_name_is_guessed() -> None:
    assert project("${{ relase }}").finding("CM021").hint == "did you mean release?"


def test_the_same_error_in_many_groups_is_one_error() -> None:
    built = build_from(
        remember(steps("s: {split: [{by: tract, values: 1..500, size: 2}], bps: {a: '${{ tract.value }}'}}"))
    )
    assert built.found().count("CM021") == 1


@settings(max_examples=150)
@given(st.text(st.sampled_from("nxm release.'\"|~+-()[]{}$,:0123456789_ifelse andornot\\n"), max_size=30))
def test_whatever_is_written_there_is_an_answer(text: str) -> None:
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    prefix = quoted[0] + "${{ " + quoted[1:-1] + " }}" + quoted[-1]
    built = build_from(remember(BPS + f"  project: {prefix}\n" + VARS + "steps: {s: {}}\n"))
    assert all(f.span is not None for f in built.findings)


def test_files_can_be_read_from_a_folder_too(tmp_path: Any) -> None:
    assert build(tmp_path, steps("s: {}")).ids == ["all"]
