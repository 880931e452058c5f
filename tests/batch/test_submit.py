"""What a batch system is given: options that can't be set, and the form of the files."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmcompile.batch.document import Document, Resources
from cmcompile.batch.submit import option_problem, submit_bytes

DOCUMENT = Document(
    "slurm",
    "",
    "DST",
    3,
    "1.jobs.tsv",
    "1.sh",
    "1.sbatch",
    "c/DST/1",
    Resources(memory=2048, cores=2, disk=10240, walltime=5430),
    {"partition": "long", "comment": "two words", "exclusive": ""},
)
CONDOR = replace(
    DOCUMENT,
    system="htcondor",
    submit="1.sub",
    options={"accounting_group": "group_sphenix.prod", "+Job": '"x"'},
)


def test_slurm_is_given_a_batch_script() -> None:
    assert submit_bytes(DOCUMENT, "about").decode().split("\n") == [
        "#!/bin/bash",
        "# about",
        "#SBATCH --output=logs/%a.out",
        "#SBATCH --open-mode=append",
        "#SBATCH --ntasks=1",
        "#SBATCH --cpus-per-task=2",
        "#SBATCH --mem=2048M",
        "#SBATCH --tmp=10240M",
        "#SBATCH --time=91",
        "#SBATCH --no-requeue",
        "#SBATCH --partition=long",
        '#SBATCH "--comment=two words"',
        "#SBATCH --exclusive",
        "# cmcompile adds --job-name, --array and --chdir, which names the directory of this file.",
        "exec /bin/bash ./1.sh",
        "",
    ]


def test_htcondor_is_given_a_submit_description() -> None:
    assert submit_bytes(CONDOR, "about").decode().split("\n") == [
        "# about",
        "universe = vanilla",
        "executable = /bin/bash",
        "transfer_executable = false",
        "should_transfer_files = NO",
        "arguments = 1.sh $(job)",
        "log = logs/condor.log",
        "output = logs/$(job).out",
        "error = logs/$(job).err",
        "periodic_remove = (JobStatus == 5) && (HoldReasonCode == 34 || HoldReasonCode == 46"
        ' || HoldReasonCode == 47 || (HoldReasonCode == 21 && regexp("memory", HoldReason, "i")))',
        "request_cpus = 2",
        "request_memory = 2048",
        "request_disk = 10240MB",
        "allowed_execute_duration = 5430",
        "accounting_group = group_sphenix.prod",
        '+Job = "x"',
        "# cmcompile adds -batch-name, and writes the numbers of the jobs to numbers.txt.",
        "queue job from numbers.txt",
        "",
    ]


@pytest.mark.parametrize(
    ("system", "key", "hint"),
    [
        ("slurm", "mem", "jobs.resources.memory"),
        ("slurm", "mem-per-cpu", "jobs.resources.memory"),
        ("slurm", "time", "jobs.resources.walltime"),
        ("slurm", "job-name", "found again"),
        ("slurm", "array", "found again"),
        ("slurm", "cluster", "batch.where"),
        ("slurm", "job-n", "found again"),
        ("slurm", "arr", "found again"),
        ("slurm", "Partition", "after `--`"),
        ("slurm", "--partition", "after `--`"),
        ("slurm", "p q", "after `--`"),
        ("htcondor", "Request_Memory", "jobs.resources.memory"),
        ("htcondor", "RequestMemory", "jobs.resources.memory"),
        ("htcondor", "+RequestMemory", "jobs.resources.memory"),
        ("htcondor", "queue", "found again"),
        ("htcondor", "+JobBatchName", "found again"),
        ("htcondor", "MY.JobBatchName", "found again"),
        ("htcondor", "executable", "found again"),
        ("htcondor", "max_idle", "found again"),
        ("htcondor", "max_materialize", "found again"),
        ("htcondor", "queue 5\nexecutable", "as in a submit file"),
    ],
)
def test_what_is_set_elsewhere_or_is_no_option_is_refused(system: str, key: str, hint: str) -> None:
    found = option_problem(system, key, "1")
    assert found is not None
    assert hint in found[1]


@pytest.mark.parametrize(
    ("system", "value"),
    [
        ("slurm", "a\n#SBATCH --uid=0"),
        ("slurm", 'a" --wrap="id'),
        ("slurm", "a\\"),
        ("slurm", "a # b"),
        ("slurm", "a\x00"),
        ("slurm", "a\u2028b"),
        ("htcondor", "a\nqueue 5"),
        ("htcondor", "a\\"),
        ("htcondor", "a\u2028b"),
    ],
)
def test_a_value_that_leaves_its_line_is_refused(system: str, value: str) -> None:
    key = "comment" if system == "slurm" else "requirements"
    assert option_problem(system, key, value) is not None


@pytest.mark.parametrize(
    ("system", "key", "value"),
    [
        ("slurm", "partition", "long"),
        ("slurm", "mail-type", "FAIL,END"),
        ("slurm", "exclusive", ""),
        ("slurm", "comment", "two words"),
        ("slurm", "cluster-constraint", "x"),
        ("slurm", "time-min", "10"),
        ("slurm", "wait-all-nodes", "1"),
        ("htcondor", "request_gpus", "1"),
        ("htcondor", "accounting_group", "group_sphenix.prod"),
        ("htcondor", "requirements", '(Arch == "X86_64") && regexp("a", Name)'),
        ("htcondor", "+ProjectName", '"sphenix"'),
        ("htcondor", "MY.Thing", "1"),
        ("htcondor", "periodic_hold", "(NumJobStarts >= 1 && JobStatus == 1)"),
    ],
)
def test_what_people_set_is_let_through(system: str, key: str, value: str) -> None:
    assert option_problem(system, key, value) is None
