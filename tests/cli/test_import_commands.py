"""`cmcompile import` for campaigns of other systems: what is written, said and refused."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from cmcompile.cli.importing import put
from cmcompile.cli.main import cli
from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.result import Compilation
from cmcompile.model.campaign import Spec
from cmcompile.model.errors import CmcompileError
from cmcompile.spec.schema import schema

TEMPLATE = """\
includeConfigs: [memory.yaml]
pipelineYaml: "p.yaml#step1"
payload:
  butlerConfig: /repo
  inCollection: in
  output: out/GNUM
  dataQuery: "instrument='X' and exposure>=LOWEXP and exposure<=HIGHEXP"
"""


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a repository with a template and a list."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "t.yaml").write_text(TEMPLATE)
    (tmp_path / "old" / "list.txt").write_text("r 1\nr 2\nr 3\n")
    (tmp_path / "old" / "memory.yaml").write_text("includeConfigs: more.yaml\nrequestMemory: 2048\n")
    (tmp_path / "old" / "more.yaml").write_text("numberOfRetries: 1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["import", *arguments])


PRODSTATUS = ("prodstatus", "old/t.yaml", "--list", "old/list.txt", "--size", "2", "-o", "campaigns/x")


def test_what_is_made_stands_below_its_folder(repository: Path) -> None:
    done = ran(*PRODSTATUS)
    assert done.exit_code == 0, done.output
    made = sorted(
        p.relative_to(repository / "campaigns").as_posix() for p in repository.glob("campaigns/**/*.*")
    )
    assert made == ["x/campaign.yaml", "x/lists/exposures.txt", "x/memory.yaml", "x/more.yaml"]
    assert "1 step, 2 groups" in done.output
    assert "cmcompile validate x" in done.output
    assert CliRunner().invoke(cli, ["validate", "x"]).exit_code == 0


def test_a_campaign_that_is_there_is_not_touched(repository: Path) -> None:
    (repository / "campaigns" / "x").mkdir(parents=True)
    done = ran(*PRODSTATUS)
    assert done.exit_code == 1
    assert "is there already" in done.output
    assert not list((repository / "campaigns" / "x").iterdir())


def test_a_dry_run_writes_nothing(repository: Path) -> None:
    done = ran(*PRODSTATUS, "--dry-run")
    assert done.exit_code == 0
    assert "campaign: x\n" in done.output
    assert not (repository / "campaigns").exists()


def test_an_include_file_that_is_nowhere_is_an_error(repository: Path) -> None:
    (repository / "old" / "more.yaml").unlink()
    done = ran(*PRODSTATUS)
    assert done.exit_code == 1
    assert "more.yaml, which is not in old; -I DIR says where to look" in done.output
    (repository / "more").mkdir()
    (repository / "more" / "more.yaml").write_text("")
    assert ran(*PRODSTATUS, "-I", "more").exit_code == 0


def test_what_bps_would_never_read_is_kept_and_allowed(repository: Path) -> None:
    (repository / "old" / "more.yaml").write_text("request_memory: 5\n")
    done = ran(*PRODSTATUS)
    assert done.exit_code == 0, done.output
    assert "allow: {CM108:" in (repository / "campaigns" / "x" / "campaign.yaml").read_text()
    assert "kept as it was run" in done.output


def test_an_error_that_the_import_can_t_allow_writes_nothing(repository: Path) -> None:
    (repository / "old" / "t.yaml").write_text(TEMPLATE.replace("instrument='X'", "instrument='X"))
    done = ran(*PRODSTATUS)
    assert done.exit_code == 1
    assert "CM121" in done.output
    assert not (repository / "campaigns").exists()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("prodstatus", "old/t.yaml", "-o", "campaigns/x"), "need --list and --size"),
        ((*PRODSTATUS[:-1], "../x"), "write campaigns/NAME"),
        ((*PRODSTATUS[:-1], "campaigns/a/b"), "write campaigns/NAME"),
        (("cm-service", "old/t.yaml", "--set", "a"), "write NAME=VALUE"),
        (("cm-service", "old/t.yaml", "--set", "a=1", "--set", "a=2"), "given twice"),
        (("slurp", "old/t.yaml", "--runs", "9..1"), "lowest and the highest"),
        (("prodstatus", "old/none.yaml"), "does not exist"),
        (("prodstatus", "old"), "is a directory"),
        (("poms", "old/t.yaml", "--rows", "a=old/list.txt", "--rows"), "requires an argument"),
        (("poms", "old/t.yaml", "-I", "old"), "No such option"),
        (("--adopt", "x", "slurp", "old/t.yaml"), "stand alone"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(arguments: tuple[str, ...], why: str) -> None:
    done = ran(*arguments)
    assert done.exit_code == 64, done.output
    assert why in done.output


@pytest.mark.parametrize("system", ["cm-service", "poms", "slurp"])
@pytest.mark.parametrize("text", ["- [", "\x00", "a: &a [*a]\n", "[1, 2]\n", "{}\n", ""])
def test_junk_is_an_error_and_no_traceback(repository: Path, system: str, text: str) -> None:
    (repository / "junk").write_text(text)
    done = ran(system, "junk", "-o", "campaigns/x")
    assert done.exit_code == 1, done.output
    assert "cmcompile: error:" in done.output
    assert not (repository / "campaigns").exists()


def test_what_a_source_says_can_t_reach_the_terminal(repository: Path) -> None:
    (repository / "r.yaml").write_text(
        'R:\n  params: {name: a, build: b, dbtag: c, script: s.sh, "x\\e[2J": 1}\n'
        '  input: {db: d, query: "select runnumber, segment from t"}\n  job: {}\n'
    )
    done = ran("slurp", "r.yaml", "-o", "campaigns/x")
    assert done.exit_code == 1
    assert "line 2: U+001B is a character that nobody can see" in done.output
    assert "\x1b" not in done.output


def test_the_other_systems_are_written_too(repository: Path) -> None:
    (repository / "p.ini").write_text(
        "[campaign]\nname = n\n[campaign_stage a]\njob_type = j\n[job_type j]\nlaunch_script = true\n"
    )
    (repository / "m.yaml").write_text(
        "{kind: campaign, metadata: {name: n}, spec: {}}\n---\n"
        "{kind: butler, metadata: {name: b}, spec: {repo: r, predicates: [\"instrument='X'\"], "
        "collections: {campaign_input: [i], campaign_public_output: u/o}}}\n---\n"
        "{kind: node, metadata: {name: s, kind: step}, "
        "spec: {bps: {pipeline_yaml: p.yaml, payload: {payloadName: n}}}}\n"
    )
    for arguments in (("poms", "p.ini"), ("cm-service", "m.yaml")):
        done = ran(*arguments, "-o", f"campaigns/{arguments[0]}")
        assert done.exit_code == 0, done.output
        assert CliRunner().invoke(cli, ["validate", arguments[0]]).exit_code == 0


def test_help_alone() -> None:
    done = ran()
    assert done.exit_code == 0
    assert "prodstatus" in done.output


def test_the_json_fits_its_schema(repository: Path) -> None:
    done = CliRunner(catch_exceptions=False).invoke(cli, ["import", *PRODSTATUS, "--format", "json"])
    document = json.loads(done.stdout)
    jsonschema.validate(document, schema("import"))
    assert (document["source"], document["compared"], document["written"]) == ("prodstatus", 2, True)
    assert document["steps"][0]["groups"] == 2
    assert document["files"][0] == "campaigns/x/campaign.yaml"


def committed(repository: Path) -> None:
    """Make the folder a real repository, with all of it committed."""
    shutil.rmtree(repository / ".git")
    for command in ("init -q", "add -A", "commit -q -m one"):
        subprocess.run(["git", *command.split()], cwd=repository, check=True)


def test_adoption_writes_nothing_where_a_system_does_not_answer(repository: Path) -> None:
    template = f"wmsServiceClass: nowhere.Plugin\n{TEMPLATE}"
    (repository / "old" / "t.yaml").write_text(template)
    assert ran(*PRODSTATUS).exit_code == 0
    committed(repository)
    done = ran("--adopt", "x", "-m", "we ran it")
    assert done.exit_code == 6, done.output
    assert "nowhere.Plugin can't be asked for runs" in done.output
    assert not (repository / "campaigns" / "x" / "decisions.yaml").exists()


RULE = """\
CLUSTER:
  params: {name: DST_CLUSTER, build: ana.1, dbtag: t1, script: run.sh, payload: ./c/, mem: 2048M}
  input:
    db: fc
    query: |-
      select 'fc/datasets' as source, runnumber, segment, filename as files from datasets
      where filename like 'DST_HIT%' {run_condition} order by runnumber {limit_condition};
  filesystem: {outdir: /out}
  job: {arguments: "$(run) $(seg) $(inputs)"}
"""


def test_the_sql_of_a_rule_fills_its_list(repository: Path) -> None:
    (repository / "r.yaml").write_text(RULE)
    assert ran("slurp", "r.yaml", "--runs", "5..6", "-o", "campaigns/x").exit_code == 0
    with sqlite3.connect(repository / "fc.db") as base:
        base.execute("create table datasets(filename text, runnumber int, segment int)")
        rows = [(f"DST_HIT-{run}-{segment}", run, segment) for run in (4, 5, 6) for segment in (0, 1)]
        base.executemany("insert into datasets values(?, ?, ?)", [*rows, ("OTHER", 5, 0)])
    base.close()
    address = {"CMCOMPILE_DATABASE_FC": f"sqlite:///{repository}/fc.db"}
    done = CliRunner(env=address).invoke(cli, ["lists", "update", "x"])
    assert done.exit_code == 0, done.output
    assert CliRunner().invoke(cli, ["compile", "x"]).exit_code == 0
    table = (repository / "build" / "x" / "CLUSTER" / "1.jobs.tsv").read_text().splitlines()
    assert [row.split("\t")[1:4] for row in table[1:]] == [
        [str(run), str(segment), f"DST_HIT-{run}-{segment}"] for run in (6, 5) for segment in (0, 1)
    ]


def test_imported_files_are_looked_for_in_other_folders_too(repository: Path) -> None:
    (repository / "s.yaml").write_text('Imports: ["${CM}/b.yaml"]\nCampaign: {name: n, spec_name: p}\n')
    done = ran("cm-service", "s.yaml", "-o", "campaigns/x")
    assert done.exit_code == 1
    assert "imports ${CM}/b.yaml, which is not beside it" in done.output
    (repository / "old" / "b.yaml").write_text(
        "- Specification: {name: p, spec_aliases: {campaign: c}}\n"
        "- SpecBlock:\n    name: s\n    data: {pipeline_yaml: p.yaml}\n"
        "    child_config: {base_query: \"instrument='X'\"}\n"
        "- SpecBlock:\n    name: c\n    collections: {out: u/o, campaign_input: i}\n"
        "    data: {butler_repo: r}\n    steps: [{Step: {name: one, spec_block: s}}]\n"
    )
    done = ran("cm-service", "s.yaml", "-o", "campaigns/x", "-I", "old")
    assert done.exit_code == 0, done.output


def test_groups_of_an_unknown_workload_system_are_named(repository: Path) -> None:
    template = TEMPLATE.replace("[memory.yaml]", '["${CTRL_BPS_PANDA_DIR}/config/bps_usdf.yaml"]')
    (repository / "old" / "t.yaml").write_text(template)
    assert ran(*PRODSTATUS).exit_code == 0
    committed(repository)
    done = ran("--adopt", "x")
    assert done.exit_code == 3, done.output
    assert "not looked for: t/1 and 1 more: `wmsServiceClass` is not set" in done.output
    assert "--wms" in done.output
    done = ran("--adopt", "x", "--wms", "nowhere.Plugin@there")
    assert done.exit_code == 6, done.output
    assert "nowhere.Plugin can't be asked" in done.output


def test_a_list_is_filled_with_rows_that_are_known(repository: Path) -> None:
    (repository / "p.ini").write_text(
        "[campaign]\nname = n\n[campaign_stage a]\njob_type = j\ncs_split_type = nfiles(2)\n"
        "[job_type j]\nlaunch_script = true\n"
    )
    (repository / "files.txt").write_text("f1\nf2\nf3\n")
    done = ran("poms", "p.ini", "-o", "campaigns/y", "--rows", "none=files.txt")
    assert done.exit_code == 1
    assert "makes no list none; it makes a-files" in done.output
    done = ran("poms", "p.ini", "-o", "campaigns/y", "--rows", "a-files=files.txt")
    assert done.exit_code == 0, done.output
    assert "1 step, 2 groups\n" in done.output
    assert "list a-files" not in done.output
    assert (repository / "campaigns/y/lists/a-files.txt").read_text() == "f1\nf2\nf3\n"


def test_two_files_of_one_name_are_an_error_and_none_is_lost(repository: Path) -> None:
    for folder, rule in (("a", "ONE"), ("b", "TWO")):
        (repository / folder).mkdir()
        (repository / folder / "r.yaml").write_text(RULE.replace("CLUSTER:", f"{rule}:"))
        (repository / folder / "t.yaml").write_text(TEMPLATE)
        (repository / folder / "m.yaml").write_text(f"SpecBlock: {{name: {rule}}}\n")
    prodstatus = ("prodstatus", "a/t.yaml", "b/t.yaml", *PRODSTATUS[2:])
    for arguments in (("slurp", "a/r.yaml", "b/r.yaml"), prodstatus, ("cm-service", "a/m.yaml", "b/m.yaml")):
        done = ran(*arguments)
        assert done.exit_code == 1, done.output
        assert "have one name: rename one" in done.output
    assert ran("slurp", "a/r.yaml", "a/r.yaml", "--dry-run").exit_code == 0


def test_an_option_that_would_be_passed_over_is_a_usage_error(repository: Path) -> None:
    (repository / "c.yaml").write_text("steps: [{name: a, base_bps_config: t.yaml}]\n")
    exposures = ("--list", "old/list.txt", "--size", "2", "-o", "campaigns/x")
    for more in (("--ticket", "DM-1"), ("--band", "r"), ("--skip", "1")):
        done = ran("prodstatus", "c.yaml", "old/t.yaml", *exposures, *more)
        assert done.exit_code == 64, done.output
        assert "of templates alone" in done.output
    (repository / "m.yaml").write_text("{kind: campaign, metadata: {name: n}, spec: {}}\n")
    done = ran("cm-service", "m.yaml", "--spec", "p")
    assert done.exit_code == 64, done.output


def test_what_a_file_says_counts_over_what_it_imports(repository: Path) -> None:
    (repository / "s.yaml").write_text(
        "- Imports: [b.yaml]\n- Campaign: {name: n, spec_name: p}\n"
        "- SpecBlock: {name: c, collections: {out: u/own, campaign_input: i}, data: {butler_repo: r},"
        " steps: [{Step: {name: one, spec_block: s}}]}\n"
    )
    (repository / "b.yaml").write_text(
        "- Imports: [s.yaml]\n- Specification: {name: p, spec_aliases: {campaign: c}}\n"
        "- SpecBlock:\n    name: s\n    data: {pipeline_yaml: p.yaml}\n"
        "    child_config: {base_query: \"instrument='X'\"}\n"
        "- SpecBlock: {name: c, collections: {out: u/imported}}\n"
    )
    done = ran("cm-service", "s.yaml", "--dry-run")
    assert done.exit_code == 0, done.output
    assert "collect: u/own\n" in done.output
    assert "that of s.yaml counts" in done.output


def test_a_campaign_is_written_whole_or_not_at_all(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_bytes
    written: list[Path] = []

    def full(path: Path, data: bytes) -> int:
        if written:
            raise OSError(28, "No space left on device")
        written.append(path)
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    done = ran(*PRODSTATUS)
    assert done.exit_code == 1, done.output
    assert "No space left on device; nothing was written" in done.output
    assert written
    assert not list((repository / "campaigns").iterdir())


def test_what_is_put_there_meanwhile_is_not_replaced(repository: Path) -> None:
    there = repository / "campaigns" / "x"
    there.mkdir(parents=True)
    (there / "decisions.yaml").write_text("- 1\n")
    with pytest.raises(CmcompileError, match="nothing was written"):
        put(there, {"campaign.yaml": b"a: 1\n"})
    assert [path.name for path in there.iterdir()] == ["decisions.yaml"]
    put(there, {"campaign.yaml": b"a: 1\n"}, force=True)
    assert [path.name for path in there.iterdir()] == ["campaign.yaml"]


def test_an_import_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def counted(spec: Spec) -> Compilation:
        seen.append(spec.name)
        return compile_spec(spec)

    monkeypatch.setattr("cmcompile.compiler.compile.compile_spec", counted)
    assert ran(*PRODSTATUS).exit_code == 0
    assert seen == ["x"]
