"""Which edit, groups and keys a difference names; states are written to folders and compiled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.difference import AsRun, against, difference, one_sided
from cmcompile.compiler.difference.changes import ABSENT, same
from cmcompile.compiler.result import Compilation
from cmcompile.model.diagnostic import Findings
from cmcompile.model.difference import Difference, Edit
from cmcompile.model.source import Node
from cmcompile.report.difference import ALL, difference_json, difference_text
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load
from cmcompile.spec.yaml import read

FILE = "campaigns/c/campaign.yaml"
SPEC = """\
cmcompile: 1
campaign: c
ticket: DM-1
vars: {release: w_1, image: "stack-${{ release }}"}
lists: {visits: {file: visits.txt}}
where: {data: instrument='HSC', good: detector<189}
inputs: [HSC/raw]
collect: HSC/runs/${{ ticket }}
bps:
  pipelineYaml: /p/x.yaml#${{ step.name }}
  project: c
  campaign: ${{ release }}
  payload: {butlerConfig: /repo/main, payloadName: x, sw_image: "${{ image }}"}
  includeConfigs: [include/memory.yaml]
step_defaults: {collect: "${{ campaign.collect }}/${{ step.name }}"}
steps:
  step1:
    split: [{by: visit, list: visits, size: 10}]
    overrides:
    - {groups: [2, 3], because: x, bps: {requestMemory: 4096}}
    rescues:
      late: {groups: [1, 2], because: x, bps: {priority: 5}}
  step2:
    needs: step1
    where: skymap='s'
    split: [{by: tract, values: [1, 2, 3]}]
"""


def lay_out(
    root: Path, spec: str, visits: range = range(100, 140), memory: str = "requestMemory: 2048\n"
) -> None:
    folder = root / "campaigns" / "c"
    (folder / "include").mkdir(parents=True, exist_ok=True)
    (folder / "campaign.yaml").write_text(spec)
    (folder / "visits.txt").write_text("".join(f"{v}\n" for v in visits))
    (folder / "include" / "memory.yaml").write_text(memory)


def made(root: Path) -> Compilation:
    spec, findings = load(WorkingTree(root), FILE)
    assert spec is not None, findings
    result = compile_spec(spec)
    assert not result.failed, result.findings
    return result


@pytest.fixture
def old(tmp_path: Path) -> Compilation:
    lay_out(tmp_path / "old", SPEC)
    return made(tmp_path / "old")


def after(tmp_path: Path, *edits: tuple[str, str], visits: range = range(100, 140)) -> Compilation:
    text = SPEC
    for was, now in edits:
        assert was in text
        text = text.replace(was, now)
    lay_out(tmp_path / "new", text, visits)
    return made(tmp_path / "new")


def one(found: Difference, key: str) -> Edit:
    edits = [e for e in found.edits if e.key == key]
    assert len(edits) == 1, [e.key for e in found.edits]
    return edits[0]


def keys(found: Difference) -> list[str]:
    return [e.key for e in found.edits]


def runs(edit: Edit) -> list[str]:
    return [f"{r.step}/{r.first}..{r.last}" for r in edit.runs]


def test_a_state_does_not_differ_from_itself(old: Compilation, tmp_path: Path) -> None:
    found = difference(old, after(tmp_path))
    assert found.empty
    assert (found.old, found.new, found.changed) == (9, 9, 0)


def test_a_comment_or_a_blank_line_is_no_edit(old: Compilation, tmp_path: Path) -> None:
    found = difference(old, after(tmp_path, ("steps:\n", "\n# a comment\nsteps:\n")))
    assert found.empty


def test_a_key_of_all_groups_is_one_edit(old: Compilation, tmp_path: Path) -> None:
    found = difference(old, after(tmp_path, ("project: c", "project: d")))
    edit = one(found, "project")
    assert (edit.old, edit.new, edit.kind, edit.varies) == ("c", "d", "changed", False)
    assert edit.span is not None
    assert (edit.span.file, edit.span.line) == (FILE, 11)
    assert len(edit.groups) == found.changed == 9
    assert runs(edit) == ["step1/1..late.2", "step2/1..3"]
    assert all(r.whole for r in edit.runs)
    assert keys(found) == ["project"]


def test_a_var_is_the_edit_and_says_which_keys_it_reaches(old: Compilation, tmp_path: Path) -> None:
    found = difference(old, after(tmp_path, ("release: w_1", "release: w_2")))
    assert keys(found) == ["vars.release"]
    edit = one(found, "vars.release")
    assert (edit.old, edit.new) == ("w_1", "w_2")
    assert set(edit.reaches) == {"campaign", "payload.sw_image"}
    assert edit.span is not None
    assert edit.span.line == 4


def test_the_ticket_is_found_behind_collections(old: Compilation, tmp_path: Path) -> None:
    found = difference(old, after(tmp_path, ("ticket: DM-1", "ticket: DM-2")))
    assert keys(found) == ["ticket"]
    assert set(one(found, "ticket").reaches) == {"payload.output", "payload.inCollection"}


def test_names_of_bps_are_followed_through_the_output(tmp_path: Path) -> None:
    text = SPEC.replace("payloadName: x", 'payloadName: x, output: "{payloadName}/{campaign}"')
    text = text.replace("  project: c\n", '  extraQgraphOptions: "-i ${{ output }}"\n')
    lay_out(tmp_path / "old", text)
    lay_out(tmp_path / "new", text.replace("release: w_1", "release: w_2"))
    found = difference(made(tmp_path / "old"), made(tmp_path / "new"))
    assert keys(found) == ["vars.release"]
    assert "extraQgraphOptions" in one(found, "vars.release").reaches


def test_a_template_that_differs_from_group_to_group_is_one_edit(old: Compilation, tmp_path: Path) -> None:
    found = difference(old, after(tmp_path, ("payloadName: x", 'payloadName: "x${{ group.id }}"')))
    edit = one(found, "payload.payloadName")
    assert (edit.old, edit.new, edit.varies) == ("x", "x${{ group.id }}", True)
    assert len(edit.groups) == 9


def test_an_override_that_goes_shows_what_it_hid(old: Compilation, tmp_path: Path) -> None:
    gone = ("    overrides:\n    - {groups: [2, 3], because: x, bps: {requestMemory: 4096}}\n", "")
    found = difference(old, after(tmp_path, gone))
    edit = one(found, "requestMemory")
    assert (edit.kind, edit.old, edit.new) == ("removed", 4096, None)
    assert edit.span is not None
    assert edit.span.line == 20
    assert runs(edit) == ["step1/2..3", "step1/late.2..late.2"]


def test_an_override_for_fewer_groups(old: Compilation, tmp_path: Path) -> None:
    found = difference(old, after(tmp_path, ("groups: [2, 3]", "groups: [3]")))
    assert runs(one(found, "requestMemory")) == ["step1/2..2", "step1/late.2..late.2"]


def test_a_new_mapping_is_shown_value_by_value(old: Compilation, tmp_path: Path) -> None:
    found = difference(
        old, after(tmp_path, ("  project: c\n", "  project: c\n  pipetask: {isr: {a: 1, b: 2}}\n"))
    )
    assert keys(found) == ["pipetask.isr.a", "pipetask.isr.b"]
    assert {e.kind for e in found.edits} == {"added"}


def test_items_of_a_list_come_and_go(old: Compilation, tmp_path: Path) -> None:
    found = difference(
        old, after(tmp_path, ("[include/memory.yaml]", '["${X_DIR}/a.yaml", include/memory.yaml]'))
    )
    edit = one(found, "includeConfigs")
    assert (edit.kind, edit.new) == ("added", "${X_DIR}/a.yaml")


def test_a_var_is_found_behind_an_item_while_others_come(tmp_path: Path) -> None:
    included = "[include/memory.yaml, '${X_DIR}/${{ release }}.yaml']"
    text = SPEC.replace("[include/memory.yaml]", included)
    override = "bps: {requestMemory: 4096, includeConfigs+: ['${X_DIR}/more.yaml']}, vars: {release: w_9}"
    lay_out(tmp_path / "old", text)
    lay_out(tmp_path / "new", text.replace("bps: {requestMemory: 4096}", override))
    found = difference(made(tmp_path / "old"), made(tmp_path / "new"))
    assert sorted(keys(found)) == ["includeConfigs", "vars.release"]
    assert one(found, "includeConfigs").new == "${X_DIR}/more.yaml"
    assert "includeConfigs" in one(found, "vars.release").reaches


def test_a_deleted_key_with_a_built_in_value_has_the_place_where_it_stood(tmp_path: Path) -> None:
    lay_out(tmp_path / "old", SPEC.replace("  step2:\n", "  step2:\n    file: s2/${{ group.id }}.yaml\n"))
    lay_out(tmp_path / "new", SPEC)
    edit = one(difference(made(tmp_path / "old"), made(tmp_path / "new")), "file")
    assert edit.span is not None
    assert edit.span.line == 24


def _edits() -> list[tuple[int, str]]:
    """Return every line of the spec without it, or with its numbers one higher."""
    lines = SPEC.splitlines(keepends=True)
    found = []
    for at, line in enumerate(lines[3:], 3):
        higher = re.sub(r"\d+", lambda m: str(int(m[0]) + 1), line)
        found += [(at, now) for now in dict.fromkeys(["", higher]) if now != line]
    return [(at + 1, "".join([*lines[:at], now, *lines[at + 1 :]])) for at, now in found]


@pytest.mark.parametrize(("line", "text"), _edits())
def test_every_changed_group_is_named_by_an_edit_with_a_place(
    old: Compilation, tmp_path: Path, line: int, text: str
) -> None:
    lay_out(tmp_path / "new", text)
    spec, _ = load(WorkingTree(tmp_path / "new"), FILE)
    new = compile_spec(spec) if spec else None
    if new is None or new.failed:
        return
    found = difference(old, new)
    then = {(g.group.step, g.group.id): g.digest for g in old.groups}
    now = {(g.group.step, g.group.id): g.digest for g in new.groups}
    differing = {"/".join(k) for k in then.keys() | now.keys() if then.get(k) != now.get(k)}
    named = {g for e in found.edits if not e.steering for g in e.groups}
    assert differing <= named, line
    assert all(e.span is not None for e in found.edits)


def test_values_are_the_same_as_data() -> None:
    assert same({"a": 1, "b": [1]}, {"b": [1], "a": 1})
    for old, new in [(1, "1"), (1, True), (1, 1.0), ([1], [True]), ({"a": 0}, {"a": False}), (None, ABSENT)]:
        assert not same(old, new)


def test_a_number_and_its_text_look_different() -> None:
    edit = Edit("k", "changed", None, 1, "1", (), ())
    text = difference_text(Difference("c", 1, 1, 1, 0, 0, (), (edit,)), ("a", "b"))
    assert 'k: 1 → "1"' in text


def test_a_clause_is_the_edit_behind_the_query(old: Compilation, tmp_path: Path) -> None:
    found = difference(old, after(tmp_path, ("good: detector<189", "good: detector<100")))
    edit = one(found, "where")
    assert (edit.old, edit.new, edit.reaches) == ("detector<189", "detector<100", ("payload.dataQuery",))


def test_a_clause_of_an_override(old: Compilation, tmp_path: Path) -> None:
    found = difference(
        old,
        after(
            tmp_path,
            ("because: x, bps: {requestMemory", "because: x, where: visit!=115, bps: {requestMemory"),
        ),
    )
    edit = one(found, "where")
    assert (edit.kind, edit.new) == ("added", "visit!=115")
    assert runs(edit) == ["step1/2..3", "step1/late.2..late.2"]


def test_another_size_moves_ids(old: Compilation, tmp_path: Path) -> None:
    found = difference(old, after(tmp_path, ("size: 10", "size: 20"), ("[2, 3]", "[2]")))
    regrouped = found.regroupings[0]
    assert (regrouped.step, regrouped.old, regrouped.new) == ("step1", 4, 2)
    assert [(r.first, r.last) for r in regrouped.removed] == [("3", "4")]
    moves = {(m.old, m.new): m.ids for m in regrouped.moves}
    assert moves["2", "1"] == tuple(range(110, 120))
    assert found.removed == 2
    edit = one(found, "split.visit.size")
    assert (edit.old, edit.new) == (10, 20)
    assert {"step1/1", "step1/3", "step1/4"} <= set(edit.groups)
    assert "payload.dataQuery" in edit.reaches


def test_rows_of_a_list(old: Compilation, tmp_path: Path) -> None:
    found = difference(old, after(tmp_path, visits=range(100, 145)))
    regrouped = found.regroupings[0]
    assert regrouped.come[0].ids == (140, 141, 142, 143, 144)
    assert [(r.first, r.last) for r in regrouped.added] == [("5", "5")]
    assert found.changed == 0
    edit = one(found, "list visits")
    assert (edit.old, edit.new, edit.groups) == ("40 rows", "45 rows", ("step1/5",))
    assert edit.span is not None
    assert edit.span.file == "campaigns/c/visits.txt"


def test_an_exclusion_moves_no_boundary(old: Compilation, tmp_path: Path) -> None:
    entry = "exclude: [{visit: [103, 125], because: bad}]\nsteps:\n"
    found = difference(old, after(tmp_path, ("steps:\n", entry)))
    assert found.regroupings == ()
    edit = one(found, "exclude.visit")
    assert (edit.kind, edit.new) == ("added", "103, 125")
    assert edit.groups == ("step1/1", "step1/3", "step1/late.1")


def test_a_group_made_by_hand(old: Compilation, tmp_path: Path) -> None:
    extra = "    extra: {9: {tract: [7, 8], because: x}}\n    split: [{by: tract, values"
    found = difference(old, after(tmp_path, ("    split: [{by: tract, values", extra)))
    assert (found.added, found.changed) == (1, 0)
    assert one(found, "extra.9").new == "tract 7, 8"


def test_a_new_rescue(old: Compilation, tmp_path: Path) -> None:
    more = "    rescues:\n      again: {groups: [4], because: x}\n"
    found = difference(old, after(tmp_path, ("    rescues:\n", more)))
    assert one(found, "rescues.again").groups == ("step1/again.4",)
    assert found.regroupings[0].rescue == "again"


def test_a_rescue_of_other_groups(old: Compilation, tmp_path: Path) -> None:
    found = difference(old, after(tmp_path, ("late: {groups: [1, 2]", "late: {groups: [2, 4]")))
    edit = one(found, "rescues.late.groups")
    assert (edit.old, edit.new) == ([1, 2], [2, 4])
    assert edit.groups == ("step1/late.1", "step1/late.4")


def test_what_steers_sending_changes_no_file(old: Compilation, tmp_path: Path) -> None:
    found = difference(old, after(tmp_path, ("  step2:\n", "  step2:\n    limits: {running: 4}\n")))
    edit = one(found, "limits")
    assert edit.steering
    assert edit.groups == ("step2/1", "step2/2", "step2/3")
    assert found.changed == 0
    assert not found.empty


def test_needs_reach_the_input_collection(old: Compilation, tmp_path: Path) -> None:
    found = difference(old, after(tmp_path, ("    needs: step1\n", "")))
    edit = one(found, "needs")
    assert (edit.kind, edit.steering, edit.reaches) == ("removed", False, ("payload.inCollection",))


def test_the_content_of_an_include_file(old: Compilation, tmp_path: Path) -> None:
    lay_out(tmp_path / "new", SPEC, memory="requestMemory: 1\nx: 2\n")
    found = difference(old, made(tmp_path / "new"))
    edit = one(found, "include memory.yaml")
    assert edit.new == "-1 +2 lines"
    assert edit.span is not None
    assert edit.span.file == "campaigns/c/include/memory.yaml"
    assert len(edit.groups) == found.changed == 9


def test_a_key_in_another_place_of_the_file_is_seen(old: Compilation, tmp_path: Path) -> None:
    swapped = ("  project: c\n  campaign: ${{ release }}\n", "  campaign: ${{ release }}\n  project: c\n")
    assert keys(difference(old, after(tmp_path, swapped))) == ["order of keys"]


def test_the_name_of_the_file(old: Compilation, tmp_path: Path) -> None:
    found = difference(old, after(tmp_path, ("  step2:\n", "  step2:\n    file: s2/${{ group.id }}.yaml\n")))
    assert one(found, "file").varies


def test_a_campaign_on_one_side_only(old: Compilation) -> None:
    come, gone = one_sided(old, added=True), one_sided(old, added=False)
    assert (come.added, come.removed, gone.added, gone.removed) == (9, 0, 0, 9)
    assert [r.step for r in come.regroupings] == ["step1", "step1", "step2"]


def test_text_is_short_and_tells_where_values_part(old: Compilation, tmp_path: Path) -> None:
    long = "/p/" + "y" * 300
    found = difference(old, after(tmp_path, ("/p/x.yaml", f"{long}.yaml"), ("DM-1", "DM-2")))
    lines = difference_text(found, ("HEAD", "now")).splitlines()
    assert lines[0] == "c: HEAD → now: 2 edits, 9 of 9 groups changed"
    assert all(len(line) < 300 for line in lines)
    assert f"{FILE}:3 " in lines[1]
    assert "ticket: DM-1 → DM-2" in lines[1]
    assert long in difference_text(found, ("HEAD", "now"), ALL)


def test_json_holds_every_group(old: Compilation, tmp_path: Path) -> None:
    found = difference(old, after(tmp_path, ("project: c", "project: d")))
    document = difference_json(found, ("HEAD", "now"))
    edits = document["edits"]
    assert isinstance(edits, list)
    assert edits[0]["place"] == {"file": FILE, "line": 11, "column": 12}
    assert len(edits[0]["groups"]) == 9


def nodes(files: dict[str, bytes]) -> dict[str, Node]:
    found = {}
    for path, data in files.items():
        findings = Findings()
        node = read(path, data, findings)
        assert node is not None, list(findings)
        found[path] = node
    return found


def as_run(result: Compilation) -> dict[str, bytes]:
    files = {g.path: g.data for g in result.groups}
    return files | {path: file.data for path, file in result.includes.items()}


def includes_of(result: Compilation) -> dict[str, Node]:
    sources = nodes({file.source: file.data for file in result.includes.values()})
    return {path: sources[file.source] for path, file in result.includes.items()}


def test_files_as_run_that_are_what_we_compile(old: Compilation) -> None:
    found = against(old, AsRun(nodes(as_run(old))), includes_of(old))
    assert found.empty, found


def test_files_as_run_in_another_folder_and_another_style(old: Compilation) -> None:
    files = {
        f"x/{p.replace('/', '_')}": d.replace(b"project: c", b'project: "c"') for p, d in as_run(old).items()
    }
    found = against(old, AsRun(nodes(files)), includes_of(old))
    assert found.old == 0
    assert found.added == 9
    flat = {p.rsplit("/", 1)[-1]: d for p, d in as_run(old).items() if p.startswith("step1")}
    found = against(old, AsRun(nodes(flat)), includes_of(old))
    # 1, 2 and 3 may be those of either step.
    assert (found.old, found.changed) == (3, 0)


def test_values_that_were_run_are_old(old: Compilation) -> None:
    files = {p: d.replace(b"project: c", b"project: run") for p, d in as_run(old).items()}
    found = against(old, AsRun(nodes(files)), includes_of(old))
    edit = one(found, "project")
    assert (edit.old, edit.new, len(edit.groups)) == ("run", "c", 9)
    assert edit.span is not None
    assert edit.span.file == FILE


def test_queries_that_differ_are_one_edit(old: Compilation) -> None:
    files = {p: d.replace(b"visit in", b"visit  in") for p, d in as_run(old).items()}
    found = against(old, AsRun(nodes(files)), includes_of(old))
    assert keys(found) == ["payload.dataQuery"]
    assert one(found, "payload.dataQuery").varies


def test_include_files_are_compared_as_data(old: Compilation) -> None:
    files = as_run(old)
    for path in files:
        if path.endswith("memory.yaml"):
            files[path] = b"# as run\nrequestMemory: 1024\n"
        files[path] = files[path].replace(b"- include/memory.yaml", b"- ${HOME}/memory.yaml")
    found = against(old, AsRun(nodes(files)), includes_of(old))
    assert keys(found) == ["include memory.yaml: requestMemory"]
    assert (found.edits[0].old, found.edits[0].new) == (1024, 2048)


def test_files_of_no_group_and_groups_of_no_file(old: Compilation) -> None:
    files = as_run(old)
    del files["step2/1.yaml"]
    files["other/strange.yaml"] = b"a: 1\n"
    found = against(old, AsRun(nodes(files), ("broken.yaml",)), includes_of(old))
    assert found.unpaired == ("broken.yaml", "other/strange.yaml")
    assert [(r.first, r.count) for r in found.regroupings[0].added] == [("1", 1)]
