"""Rules of SLURP and sphenixprod become batch steps whose jobs have the names that the rules give."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from imported_specs import compiled, said

from cmcompile.batch.table import read_table
from cmcompile.imports.foreign import ForeignError
from cmcompile.imports.imported import Fate, Imported
from cmcompile.imports.slurp.made import Request
from cmcompile.imports.slurp.query import made_from, sql_of
from cmcompile.imports.slurp.rules import from_rules
from cmcompile.model.diagnostic import Severity

RULES = """\
EVENT_rule:
  params:
    name: DST_EVENT_{stream}_run9
    build: ana.1
    build_name: ana1
    dbtag: t007
    logbase: $(name)_$(build)_$(tag)-$INT(run,{RUNFMT})-$INT(seg,{SEGFMT})
    outbase: $(name)_$(build)_$(tag)
    script: run.sh
    payload: ./rules/event/
    mem: 2048M
    neventsper: 1000
    rsync: "./rules/event/*,cups.py"
    quality: 3
  input:
    db: daq
    direct_path: /data/{mode}/
    query: |-
      select 'daq/filelist' as source,
             runnumber, segment, files, fileranges

      from filelist
      where file like '/x/{streamfile}%'
        {run_condition}

      order by runnumber
        {limit_condition}
      ;
  filesystem:
    outdir: "/out/$(build)_$(tag)/run_$(rungroup)"
    logdir: "file:///log/run_$(rungroup)"
    condor: /tmp
  job:
    executable: "{payload}/run.sh"
    arguments: "$(nevents) {outbase} {logbase} $(run) $(seg) {outdir} $(build)
      $(inputs) $(ranges) {neventsper} {PWD} {rsync} $(firstevent)"
    log: '{condor}/{logbase}.condor'
    accounting_group: group_x
    priority: '4000'
    periodichold: "(NumJobStarts>=1 && JobStatus == 1)"
CALOR-rule 2:
  params: {name: DST_CALOR_run9, build: ana.1, dbtag: t007, script: c.sh, payload: ./c/, mem: 1.5GB, rsync: x}
  input:
    db: fc
    query: "select runnumber, segment, filename as files from datasets
      where filename like 'DST_EVENT_S1_run9_ana1_t007%'"
  filesystem: {outdir: /out/c}
  job: {arguments: "$(run) $(inputs)"}
"""
NEW = """\
DST_A:
  params: {dsttype: DST_A, period: run3, build: ana.5, dbtag: 2025p1, version: 2, dataset: run3auau}
  input: {min_run_events: 5, min_seb: 15}
  job:
    script: run.sh
    payload: [./a/]
    neventsper: 100
    log: /log/{logbase}.out
    request_memory: [2000MB, 4000MB]
    request_cpus: 2
    priority: 3
    comment: for a test
    filesystem: {finaldir: "/final/run_$(rungroup)"}
DST_B:
  params: {dsttype: DST_B, period: run3, build: ana.6, dbtag: 2025p1, version: 0, dataset: run3auau}
  input: {intriplet: ana5_2025p1_v002, combine_seg0_only: true}
  job: {script: b.sh, arguments: "$(run) {outbase}", request_memory: 1000MB}
"""


def taken(text: str = RULES, **more: object) -> Imported:
    """Import the sample."""
    settings = {"stream": "S1", "streamfile": "f1", "mode": "m"}
    return from_rules(Request("c", {"r.yaml": text.encode()}, settings, **more))  # type: ignore[arg-type]


def test_the_sql_is_the_query_of_the_list() -> None:
    query = taken(runs=(5, 9)).tree["lists"]["EVENT_rule"]["query"]
    assert query["sql"] == (
        "select 'daq/filelist' as source,\n"
        "       runnumber, segment, files, fileranges\n"
        "\n"
        "from filelist\n"
        "where file like '/x/${{ streamfile }}%'\n"
        "  and runnumber>=5 and runnumber<=9\n"
        "\n"
        "order by runnumber"
    )


def test_slots_of_kaedama_are_empty_without_runs() -> None:
    unknown: dict[str, None] = {}
    assert sql_of("select 1 {run_condition} {seg_condition} {limit_condition} {x};", None, unknown) == (
        "select 1    ${{ x }}"
    )
    assert list(unknown) == ["x"]


def test_a_rule_becomes_a_step() -> None:
    step = {**taken().tree["step_defaults"], **taken().tree["steps"]["EVENT_rule"]}
    jobs = {**taken().tree["step_defaults"].get("jobs", {}), **step["jobs"]}
    assert step["engine"] == "batch"
    assert step["split"] == [
        {
            "name": "run",
            "list": "EVENT_rule",
            "column": "runnumber",
            "size": 100,
            "order": "descending",
            "close": "now",
        }
    ]
    assert jobs["each"] == ["run", "segment", "files", "fileranges", "firstevent"]
    assert jobs["resources"] == {"memory": "2048MB"}
    assert jobs["command"].startswith("${{ payload }}/run.sh ")
    assert '"${JOB_files// /,}"' in jobs["command"]
    assert " $PWD " in jobs["command"]
    options = step["batch"]["options"]
    assert options["priority"] == 4000
    assert options["periodic_hold"] == "(NumJobStarts>=1 && JobStatus == 1)"


ROWS = "22051,0,a.evt b.evt,a:1 b:2,0\n22051,1,c.evt,c:1,5\n"


def test_the_jobs_have_the_names_that_slurp_gives() -> None:
    result, findings = compiled(taken(), EVENT_rule=ROWS)
    assert not [f for f in findings if f.severity is Severity.ERROR], findings
    table = read_table(result.includes["EVENT_rule/1.jobs.tsv"].data)
    assert [job.outputs for job in table.jobs] == [
        (f"/out/ana1_t007/run_00022000_00022100/DST_EVENT_S1_run9_ana1_t007-00022051-0000{n}.root",)
        for n in (0, 1)
    ]
    assert table.jobs[0].log == "/log/run_00022000_00022100/DST_EVENT_S1_run9_ana1_t007-00022051-00000.out"
    assert table.jobs[0].ids["files"] == "a.evt b.evt"
    assert '"22051" "1" "/out/ana1_t007/run_00022000_00022100" "ana1"' in table.jobs[1].command


def test_names_of_both_template_languages() -> None:
    variables = {**taken().tree["step_defaults"]["vars"], **taken().tree["steps"]["EVENT_rule"]["vars"]}
    assert variables["name"] == "DST_EVENT_${{ stream }}_run9"
    assert variables["build"] == "ana1"
    assert variables["outbase"] == "${{ name }}_${{ build }}_${{ tag }}"
    assert variables["logbase"].endswith("-${{ job.run | pad(8) }}-${{ job.segment | pad(5) }}")
    assert variables["outdir"] == "/out/${{ build }}_${{ tag }}/run_${{ rungroup }}"
    assert "floor(100)" in variables["rungroup"]


def test_a_rule_that_asks_for_the_outputs_of_another_needs_it() -> None:
    rules = RULES.replace("DST_EVENT_{stream}_run9", "DST_EVENT_S1_run9")
    steps = taken(rules).tree["steps"]
    assert steps["CALOR-rule-2"]["needs"] == {"EVENT_rule": "same"}
    assert "needs" not in steps["EVENT_rule"]


def test_what_is_open_or_has_no_place_is_named() -> None:
    made = from_rules(Request("c", {"r.yaml": RULES.encode()}))
    to_do, left = said(made, Fate.TO_DO), said(made, Fate.LEFT)
    assert made.tree["vars"]["stream"] == "STREAM"
    assert "--set stream=" in to_do["{stream}"]
    assert "lists update" in to_do["list EVENT_rule"]
    assert "not a field" in left["EVENT_rule, params: quality"]
    assert "submit directory" in left["EVENT_rule, filesystem: condor"]
    assert "step CALOR-rule-2" in said(made, Fate.DIFFERENT)["rule CALOR-rule 2"]


def test_payload_files_that_are_found_go_with_the_campaign() -> None:
    made = taken(payloads={"/home/x/rules/event/run.sh": b"#!/bin/sh\n", "/home/x/rules/other/no.sh": b""})
    assert made.files["EVENT_rule/run.sh"] == b"#!/bin/sh\n"
    assert not [path for path in made.files if "no.sh" in path]
    jobs = made.tree["steps"]["EVENT_rule"]["jobs"]
    assert jobs["payload"] == ["EVENT_rule/run.sh"]
    assert jobs["command"].startswith("cd EVENT_rule && ./run.sh ")


def test_rules_of_sphenixprod() -> None:
    made = taken(NEW)
    steps, defaults = made.tree["steps"], made.tree["step_defaults"]
    assert steps["DST_B"]["needs"] == {"DST_A": "same"}
    assert {**defaults["vars"], **steps["DST_A"]["vars"]}["outbase"] == "DST_A_run3auau_ana5_2025p1_v002"
    assert steps["DST_A"]["about"] == "for a test"
    assert steps["DST_A"]["jobs"]["resources"] == {"memory": "2000MB", "cores": 2}
    assert "4000MB" in said(made, Fate.TO_DO)["DST_A: request_memory"]
    assert made.tree["lists"]["DST_A"]["only"] == {"events": ">=5", "run_time": ">=300"}
    assert made.tree["lists"]["DST_B"]["only"]["segment"] == 0
    assert "condition for the query" in said(made, Fate.LEFT)["DST_A, input: min_seb"]


def test_rules_of_sphenixprod_compile() -> None:
    result, findings = compiled(taken(NEW))
    assert not [f for f in findings if f.severity is Severity.ERROR], findings
    assert [f"{g.group.step}/{g.group.id}" for g in result.groups] == ["DST_A/1", "DST_B/1"]
    (job,) = read_table(result.includes["DST_A/1.jobs.tsv"].data).jobs
    name = "DST_A_run3auau_ana5_2025p1_v002-00000001-00000"
    assert job.outputs == (f"/final/run_00000000_00000100/{name}.root",)
    assert job.log == f"/log/{name}.out"


def test_a_rule_that_stands_twice_is_named() -> None:
    twice = NEW + NEW.replace("DST_B", "DST_C")
    assert "takes the last" in said(taken(twice), Fate.DEFECT)["r.yaml: DST_A"]


@pytest.mark.parametrize(
    ("text", "more", "why"),
    [
        ("a: 1\n", {}, "a is no rule"),
        (RULES, {"only": ("gone",)}, "no rule named gone"),
        ("", {}, "no rule in these files"),
        (RULES.replace("    query: |-", "    question: |-"), {}, "EVENT_rule has no query"),
    ],
)
def test_what_can_t_be_imported_is_an_error(text: str, more: dict[str, object], why: str) -> None:
    with pytest.raises(ForeignError, match=why):
        taken(text, **more)


SCRIPT = """\
#!/bin/bash
[ "$9" = "a.evt,b.evt" ] || exit 7
[ "${10}" = "a:1,b:2" ] || exit 8
[ -e run.sh ] || exit 9
mkdir -p "$6"
echo "$@" > "$6/$2-$(printf '%08d-%05d' "$4" "$5").root"
"""


def test_a_job_runs_what_the_rule_says(tmp_path: Path) -> None:
    rules = RULES.replace("/out/$(build)", f"{tmp_path}/out/$(build)").replace(
        "file:///log", f"file://{tmp_path}/log"
    )
    arguments = "{outdir} $(build) $(tag) $(inputs) $(ranges)"
    rules = rules.replace("{outdir} $(build)\n      $(inputs) $(ranges)", arguments)
    made = taken(rules, payloads={"rules/event/run.sh": SCRIPT.encode()})
    result, findings = compiled(made, EVENT_rule=ROWS.splitlines()[0])
    assert not [f for f in findings if f.severity is Severity.ERROR], findings
    submit = tmp_path / "submit"
    for path, file in result.includes.items():
        if path.startswith("EVENT_rule/"):
            place = submit / path.removeprefix("EVENT_rule/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.data)
            place.chmod(0o755)
    for name in ("signals", "logs", "work"):
        (submit / name).mkdir()
    (submit / "run.txt").write_text("run\n")
    done = subprocess.run(["bash", "1.sh", "1"], cwd=submit, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (job,) = read_table((submit / "1.jobs.tsv").read_bytes()).jobs
    assert Path(job.outputs[0]).read_text().split()[:1] == ["0"]


def test_a_name_may_be_set_to_nothing() -> None:
    made = taken("A:\n  params: {name: a, build: b, script: s.sh}\n  input: {query: \"select '{stream}'\"}\n")
    assert made.tree["vars"] == {"stream": "S1"}
    empty = from_rules(Request("c", {"r.yaml": RULES.encode()}, {"stream": ""}))
    assert empty.tree["vars"]["stream"] == ""
    assert "{stream}" not in said(empty, Fate.TO_DO)


def test_a_name_that_means_something_here_is_another_var() -> None:
    text = "A: {params: {name: a, build: b, script: s.sh}, input: {query: \"select '{group}'\"}}\n"
    made = from_rules(Request("c", {"r.yaml": text.encode()}, {"group": "g"}))
    assert made.tree["vars"] == {"v_group": "g"}
    assert made.tree["lists"]["A"]["query"]["sql"] == "select '${{ v_group }}'"
    assert "--set group" not in said(made, Fate.LEFT)


@pytest.mark.parametrize(
    "text",
    [NEW.replace("script: b.sh, ", ""), RULES.replace("script: c.sh, ", "")],
    ids=["sphenixprod", "slurp"],
)
def test_a_rule_that_runs_nothing_is_named(text: str) -> None:
    with pytest.raises(ForeignError, match=r"rule (DST_B|CALOR-rule-2) has neither a script"):
        taken(text)


def test_numbers_that_no_program_counts_with_stay_text() -> None:
    text = NEW.replace("version: 2", "version: ²").replace("request_cpus: 2", "request_cpus: ²")
    step = taken(text.replace("priority: 3", f'priority: "{"9" * 5000}"')).tree["steps"]["DST_A"]
    assert step["collect"] == "DST_A_run3auau_ana5_2025p1_²"
    assert "cores" not in step["jobs"]["resources"]
    assert step["batch"]["options"]["priority"] == "9" * 5000


def test_payload_files_that_would_be_one_are_an_error() -> None:
    files = {"a/rules/event/run.sh": b"1", "b/rules/event/run.sh": b"2"}
    with pytest.raises(ForeignError, match=r"b/rules/event/run.sh: another payload file would be EVENT_rule"):
        taken(payloads=files)
    two = NEW.replace("[./a/]", "[./a/, ./b/]")
    with pytest.raises(ForeignError, match=r"another payload file would be DST_A/run.sh"):
        taken(two, payloads={"a/run.sh": b"1", "b/run.sh": b"2"})


def test_a_rule_that_asks_for_a_longer_name_does_not_need_this_one() -> None:
    outputs = {"one": "DST_A_ana1_t007", "two": "DST_A_ana1_t0071", "three": ""}
    assert made_from("where filename like 'DST_A_ana1_t0071%'", outputs) == ["two"]
    assert made_from("where filename like '%DST_A_ana1_t007_v1-%'", outputs) == ["one"]
