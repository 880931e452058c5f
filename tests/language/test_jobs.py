"""Steps with ``engine: batch``: which jobs a group has, and what their texts give."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent, indent

import pytest
import yaml
from language_tools import Built, build_from, remember

from cmcompile.batch.document import Document, Resources, read_document
from cmcompile.batch.table import Table, read_table
from cmcompile.compiler.claim import as_run_files
from cmcompile.compiler.prior import graph_options
from cmcompile.model.diagnostic import Severity

RUNS = "run,segment,events\n22001,0,50\n22000,1,10\n22000,0,99\n22002,0,70\n22002,1,70\n22001,0,50\n"
FILES = {
    "runs.csv": RUNS,
    "run.sh": "#!/bin/bash\n",
    "macros/a.C": "x",
    "odd.csv": "file\na b\n",
    "n.csv": "run,n\n1,1\n",
}
HEAD = """\
batch: {system: slurm}
collect: u/c
lists: {runs: {file: runs.csv}, odd: {file: odd.csv}, numbered: {file: n.csv}}
"""


def built_of(step: str, more: str = "", files: Mapping[str, str] | None = None) -> Built:
    """Compile a campaign with one step, given by its keys."""
    body = "step_defaults: {engine: batch, collect: u/c/s}\nsteps:\n  s:\n" + indent(dedent(step), "    ")
    return build_from(remember(HEAD + dedent(more) + body, {**FILES, **(files or {})}))


def table_of(built: Built, group: str = "s/all") -> Table:
    assert built.found(Severity.ERROR) == []
    assert built.compilation is not None
    made = built.groups[group]
    return read_table(built.compilation.includes[made.path.removesuffix(".yaml") + ".jobs.tsv"].data)


def document_of(built: Built, group: str = "s/all") -> Document:
    assert built.found(Severity.ERROR) == []
    return read_document(built.groups[group].data)


def rows(built: Built, group: str = "s/all") -> list[tuple[str, ...]]:
    return [job.values for job in table_of(built, group).jobs]


def commands(built: Built, group: str = "s/all") -> list[str]:
    return [job.command for job in table_of(built, group).jobs]


def test_one_job_for_each_distinct_row_of_the_group() -> None:
    text = "split: [{name: run, list: runs, size: 2}]\njobs: {each: [run, segment], command: x}\n"
    built = built_of(text)
    assert rows(built, "s/1") == [("22000", "0"), ("22000", "1"), ("22001", "0")]
    assert rows(built, "s/2") == [("22002", "0"), ("22002", "1")]


def test_without_each_there_is_a_job_for_each_id_of_the_axes() -> None:
    assert rows(built_of("split: [{name: run, list: runs, size: 9}]\njobs: {command: x}\n"), "s/1") == [
        ("22000",),
        ("22001",),
        ("22002",),
    ]
    axes = "split: [{name: run, values: 1..2, size: 2}, {name: stream, values: [a, b], size: 2}]\n"
    product = [("1", "a"), ("1", "b"), ("2", "a"), ("2", "b")]
    assert rows(built_of(axes + "jobs: {command: x}\n"), "s/1-1") == product
    nested = "split: [{name: run, list: runs, size: 2}, {name: segment, list: runs, size: 5}]\n"
    found = built_of(nested + "jobs: {command: x}\n")
    assert rows(found, "s/1-1") == [("22000", "0"), ("22000", "1"), ("22001", "0")]


def test_a_step_without_a_split_takes_the_list_that_has_the_columns() -> None:
    built = built_of("jobs: {each: [segment, run], command: x}\n")
    assert rows(built) == [("0", "22000"), ("0", "22001"), ("0", "22002"), ("1", "22000"), ("1", "22002")]
    assert rows(built_of("jobs: {command: x}\n")) == [()]


def test_the_order_of_an_axis_is_that_of_its_jobs() -> None:
    axes = "split: [{name: run, list: runs, size: 9, order: descending}]\n"
    built = built_of(axes + "jobs: {each: [run, segment], command: x}\n")
    assert rows(built, "s/1") == [
        ("22002", "0"),
        ("22002", "1"),
        ("22001", "0"),
        ("22000", "0"),
        ("22000", "1"),
    ]


def test_extra_groups_and_rescues_have_the_rows_of_their_ids() -> None:
    text = """\
    split: [{name: run, list: runs, size: 2}]
    extra: {late: {run: [22002], because: came late}}
    jobs: {each: [run, segment], command: x}
    rescues:
      again: {groups: [1], split: [{name: run, list: runs}], because: why}
    """
    built = built_of(text)
    assert rows(built, "s/late") == [("22002", "0"), ("22002", "1")]
    assert rows(built, "s/again.22000") == [("22000", "0"), ("22000", "1")]
    assert built.groups["s/again.22000"].group.covers == ("1",)


def test_what_is_excluded_has_no_job() -> None:
    text = "split: [{name: run, list: runs, size: 9}]\njobs: {each: [run, segment], command: x}\n"
    by_run = built_of(text, "exclude: [{run: 22000, because: x}]\n")
    assert rows(by_run, "s/1") == [("22001", "0"), ("22002", "0"), ("22002", "1")]
    by_column = built_of(text, "exclude: [{segment: 1, because: x}]\n")
    assert rows(by_column, "s/1") == [("22000", "0"), ("22001", "0"), ("22002", "0")]
    assert by_column.found() == []
    elsewhere = built_of(text, "exclude: [{segment: 1, because: x, steps: [s]}]\n")
    assert rows(elsewhere, "s/1") == rows(by_column, "s/1")


def test_a_row_that_only_leaves_out_has_no_job() -> None:
    text = "split: [{name: run, list: good, size: 9}]\njobs: {each: [run, segment], command: x}\n"
    built = built_of(
        text.replace("good", "runs"), 'lists: {runs: {file: runs.csv, only: {events: ">=60"}}}\n'
    )
    assert built.compilation is None  # a key twice


def test_texts_of_jobs_may_use_all_names_and_vars_may_use_those_of_jobs() -> None:
    text = """\
    split: [{name: run, list: runs, size: 2}]
    vars: {dst: "${{ base }}-${{ job.run | pad(8) }}", base: "${{ step.name }}_${{ group.id }}"}
    jobs:
      each: [run, segment]
      command: ./run.sh ${{ job.n }} ${{ dst }} ${{ run.lo }} $JOB_run "${HOME}" {x}
      outputs: ["/d/${{ dst }}-${{ job.segment }}.root", "${{ job.n }}.txt"]
      inputs: /in/${{ dst }}.root
      log: logs/${{ dst }}.log
    """
    table = table_of(built_of(text), "s/2")
    assert [job.command for job in table.jobs] == [
        './run.sh 1 s_2-00022002 22002 $JOB_run "${HOME}" {x}',
        './run.sh 2 s_2-00022002 22002 $JOB_run "${HOME}" {x}',
    ]
    assert table.jobs[1].outputs == ("/d/s_2-00022002-1.root", "2.txt")
    assert table.jobs[1].inputs == ("/in/s_2-00022002.root",)
    assert table.jobs[1].log == "logs/s_2-00022002.log"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("job.run | pad(8)", "00022000"),
        ("job.run|pad(2)", "22000"),
        ("(job.run - 22000) | pad(3)", "000"),
        ("(job.run - 1) | floor(500) | pad(8)", "00021500"),
        ("job.run | floor(300) + 300", "22200"),
        ("'run' ~ job.run | replace('0', 'o')", "run22ooo"),
    ],
)
def test_expressions_over_jobs(expression: str, expected: str) -> None:
    text = f'split: [{{name: run, values: [22000]}}]\njobs: {{command: "x ${{{{ {expression} }}}}"}}\n'
    assert commands(built_of(text), "s/22000") == [f"x {expected}"]


def test_a_list_of_names_gives_many_outputs_each_once() -> None:
    text = """\
    split: [{name: run, list: runs, size: 2}]
    vars: {names: ["/d/${{ job.run }}.a", "/d/${{ job.run }}.b"]}
    jobs: {command: x, outputs: "${{ names }}", inputs: [same, same]}
    """
    table = table_of(built_of(text), "s/2")
    assert table.jobs[0].outputs == ("/d/22002.a", "/d/22002.b")
    assert table.jobs[0].inputs == ("same",)


def test_jobs_and_batch_are_layers() -> None:
    text = """\
    split: [{name: run, values: 1..3}]
    site: far
    jobs: {command: a, payload: [run.sh], resources: {memory: 3GB}, log: x.log}
    overrides:
    - groups: [2]
      because: large
      jobs: {resources: {memory: 8000, cores: null}, payload+: [macros/a.C], log: null}
    rescues:
      big:
        groups: [3]
        because: why
        jobs: {resources: {memory: 1.5TB}}
        batch: {options: {partition: big, qos: null}}
    """
    more = """\
    sites: {far: {batch: {system: htcondor, where: schedd@far, options: {partition: x, qos: night}}}}
    jobs: {resources: {memory: 1GB, cores: 2, disk: 500MB, walltime: 90m}}
    """
    built = built_of(text, more)
    first = document_of(built, "s/1")
    assert (first.system, first.where, first.submit) == ("htcondor", "schedd@far", "1.sub")
    assert first.resources == Resources(3072, 2, 500, 5400)
    assert (first.files, first.options) == (("run.sh",), {"partition": "x", "qos": "night"})
    assert table_of(built, "s/1").jobs[0].log == "x.log"
    second = document_of(built, "s/2")
    assert second.resources == Resources(8000, None, 500, 5400)
    assert second.files == ("run.sh", "macros/a.C")
    assert table_of(built, "s/2").jobs[0].log == ""
    third = document_of(built, "s/big.3")
    assert third.resources.memory == 1536 * 1024
    assert third.options == {"partition": "big"}


def test_options_that_are_true_have_no_value_and_those_that_are_false_are_not_there() -> None:
    text = "jobs: {command: a}\nbatch: {options: {exclusive: true, contiguous: false, nice: 100}}\n"
    built = built_of(text)
    assert document_of(built).options == {"exclusive": "", "nice": "100"}
    assert built.compilation is not None
    lines = built.compilation.includes["s/all.sbatch"].data.decode().splitlines()
    assert "#SBATCH --exclusive" in lines
    assert "#SBATCH --nice=100" in lines


def test_a_group_is_claimed_like_any_other() -> None:
    built = built_of("jobs: {command: ./run.sh, payload: [run.sh, macros/a.C]}\n")
    assert built.compilation is not None
    made = built.groups["s/all"]
    assert made.output == "u/c/s/all"
    files = as_run_files(made, built.compilation.includes, "u/c/s/all/w00-0a1b2c", "${PWD}/submit/x")
    names = ["submit.yaml", "all.jobs.tsv", "all.sh", "all.sbatch", "run.sh", "macros/a.C"]
    assert list(files) == names
    claimed = read_document(files["submit.yaml"])
    assert (claimed.output_run, claimed.submit_path) == ("u/c/s/all/w00-0a1b2c", "${PWD}/submit/x")
    assert yaml.safe_load(files["submit.yaml"])["payload"]["outputRun"] == "u/c/s/all/w00-0a1b2c"


def test_outputs_that_are_there_add_no_options_for_a_graph() -> None:
    built = built_of("jobs: {command: x}\nrescues: {again: {because: why}}\n")
    assert built.compilation is not None
    for made in built.groups.values():
        assert graph_options(built.compilation, made, ["u/c/s/all/w00-0a1b2c"]) == ""


def test_the_digest_covers_every_file() -> None:
    text = "split: [{name: run, values: [1]}]\njobs: {command: ./run.sh, payload: [run.sh]}\n"
    first = built_of(text).groups["s/1"].digest
    assert built_of(text, files={"run.sh": "other"}).groups["s/1"].digest != first
    assert built_of(text.replace("./run.sh", "run.sh")).groups["s/1"].digest != first
    assert built_of(text + "batch: {options: {nice: 1}}\n").groups["s/1"].digest != first
    assert built_of(text).groups["s/1"].digest == first


def test_a_step_of_bps_and_one_of_jobs_stand_in_one_campaign() -> None:
    more = "bps: {pipelineYaml: p, payload: {butlerConfig: /r, payloadName: p, inCollection: HSC/raw}}\n"
    text = """\
    batch: {system: slurm}
    where: instrument='HSC' and skymap='hsc'
    jobs: {resources: {memory: 1GB}}
    steps:
      a: {engine: batch, collect: u/a, jobs: {command: x}}
      b: {needs: a, collect: u/b}
    """
    built = build_from(remember(more + dedent(text)))
    assert built.found() == []
    assert document_of(built, "a/all").resources.memory == 1024
    assert built.doc("b/all")["pipelineYaml"] == "p"
    assert b"jobs" not in built.groups["b/all"].data


def test_what_a_clause_holds_of_an_axis_is_one_word_of_a_command_too() -> None:
    text = "split: [{name: file, list: odd, size: 1}]\njobs: {command: 'x ${{ where }}'}\n"
    built = built_of(text, "where: '${{ file.value }}'\n", {"odd.csv": "file\n$(id)\n"})
    assert built.found() == ["CM262"]


@pytest.mark.parametrize(
    ("step", "code", "says"),
    [
        ("jobs: {resources: {memory: 1GB}}", "CM260", "what the jobs of s run"),
        ("jobs: {command: x}\nbatch: {options: {mem: 5}}", "CM261", "is set from the spec"),
        ('jobs: {command: x}\nbatch: {options: {comment: "a\'b"}}', "CM261", "can't stand on one line"),
        ('jobs: {command: x}\nbatch: {where: "a;b"}', "CM261", "no name of a cluster"),
        ('jobs: {command: x, outputs: "a b"}', "CM262", "has no blank"),
        ("split: [{name: file, list: odd}]\njobs: {command: 'x ${{ job.file }}'}", "CM262", "one word"),
        ("split: [{name: file, list: odd}]\njobs: {command: 'x ${{ file.value }}'}", "CM262", "one word"),
        ("vars: {t: \"a\\tb\"}\njobs: {command: 'x ${{ t }}'}", "CM262", "no tab"),
        ('file: "s/it\'s.yaml"\njobs: {command: x}', "CM262", "stands in commands"),
        ("jobs: {each: [segment], command: x, outputs: /d/a}", "CM263", "job 1 of s/all and by job 2"),
        (
            "split: [{name: run, list: runs}]\njobs: {command: x, outputs: /d/a}",
            "CM263",
            "job 1 of s/22000 and by job 1",
        ),
        ("vars: {t: ''}\njobs: {command: '${{ t }}'}", "CM262", "run nothing"),
        ("jobs: {command: x, log: a/../../b}", "CM262", "none says `..`"),
        ("jobs: {each: [file, other], command: x}", "CM265", "other"),
        ("split: [{name: run, list: runs}]\njobs: {each: [file], command: x}", "CM265", "column file"),
        ("jobs: {each: [a-b], command: x}", "CM265", "a-b"),
        (
            "split: [{name: run, list: numbered}]\njobs: {each: ['n'], command: x}",
            "CM265",
            "the number of the job",
        ),
        ("jobs: {command: x, resources: {memory: 2000TB}}", "CM266", "2000TB"),
        ("jobs: {command: x, resources: {memory: 0MB}}", "CM266", "0MB"),
        ('vars: {m: many}\njobs: {command: x, resources: {cores: "${{ m }}"}}', "CM266", "many"),
        ("jobs: {command: x, resources: {walltime: 999d}}", "CM266", "999d"),
        ("where: a=1\njobs: {command: x}", "CM267", "sets `where`"),
        ("bps: {a: 1}\njobs: {command: x}", "CM267", "sets `bps`"),
        ("engine: bps\njobs: {command: x}", "CM267", "sets `jobs`"),
        (
            "jobs: {command: x}\nrescues: {r: {because: why, skip_existing_in: prior}}",
            "CM267",
            "has `skip_existing_in`",
        ),
        (
            "split: [{name: a, values: 1..9999, size: 9999}, {name: b, values: 1..99, size: 99}]\n"
            "jobs: {command: x}",
            "CM268",
            "989,901",
        ),
        ("jobs: {command: x, payload: none.sh}", "CM072", "none.sh"),
        ("jobs: {command: x, payload: ../run.sh}", "CM070", "run.sh"),
        ("jobs: {command: x, payload: /etc/passwd}", "CM070", "passwd"),
        ("jobs: {command: 'x ${{ job.none }}'}", "CM021", "job.none"),
        ("jobs: {command: x}\nfile: s/${{ job.n }}.yaml", "CM021", "in the texts of `jobs` only"),
    ],
)
def test_what_can_not_be_made_is_an_error(step: str, code: str, says: str) -> None:
    built = built_of(step + "\n")
    found = [f for f in built.findings if f.severity is Severity.ERROR and f.code.name == code]
    assert found, built.findings
    assert any(says in f.message for f in found), found
    assert all(f.span is not None and f.span.line > 0 for f in found)


def test_payload_files_may_not_take_the_places_of_others() -> None:
    of_group = ("all.sh", "all.jobs.tsv", "submit.yaml")
    of_run = ("run.txt", "work/a", "signals", "given.json", "taken.txt", "void.txt", "cancel/a")
    for name in (*of_group, *of_run):
        built = built_of(f"jobs: {{command: x, payload: [{name}]}}\n", files={name: "x"})
        assert "CM070" in built.found(Severity.ERROR), name


def test_a_system_must_be_named() -> None:
    body = "steps: {s: {engine: batch, collect: u/c, jobs: {command: x}}}\n"
    assert build_from(remember(body)).found(Severity.ERROR) == ["CM260"]
    body = "batch: {system: slurm}\nsteps: {s: {engine: batch, jobs: {command: x}}}\n"
    assert build_from(remember(body)).found(Severity.ERROR) == ["CM260"]


def test_a_group_without_rows_is_an_error_and_one_fault_of_many_groups_is_told_once() -> None:
    text = "split: [{name: run, values: 22000..22009}]\njobs: {each: [run], command: 'x ${{ nothing }}'}\n"
    built = built_of(text)
    assert built.found(Severity.ERROR) == ["CM021"]
    text = "split: [{name: run, list: runs}]\njobs: {each: [run, segment], command: x}\n"
    built = built_of(text, "exclude: [{segment: 0, because: x}]\n")
    assert built.found(Severity.ERROR) == ["CM264"]


def test_hostile_values_that_no_command_names_are_safe() -> None:
    hostile = "file\n$(touch${IFS}owned)\n`id`;id\n"
    built = built_of(
        "split: [{name: file, list: odd, size: 9}]\njobs: {command: 'run.sh \"$JOB_file\"'}\n",
        files={"odd.csv": hostile},
    )
    assert rows(built, "s/1") == [("$(touch${IFS}owned)",), ("`id`;id",)]
    assert commands(built, "s/1") == ['run.sh "$JOB_file"'] * 2
