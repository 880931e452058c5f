"""A Slurm of one machine: munge, controller and node as children of the tests, below one directory."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from daemons import PATIENCE, daemon, free_ports
from present import program

#: What jobs may ask of the node, in megabytes. It is not measured: tests need little, and share the machine.
MEMORY = 8192
#: Its node has so many processors, more than some machines that run the tests.
CPUS = 2

_CONFIG = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={munge}
CryptoType=crypto/munge
StateSaveLocation={place}/state
SlurmdSpoolDir={place}/spool
SlurmctldPidFile={place}/slurmctld.pid
SlurmdPidFile={place}/slurmd.pid
ProctrackType=proctrack/linuxproc
{enforced}
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={place}/jobs.txt
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1
MpiDefault=none
ReturnToService=2
MinJobAge={min_job_age}
KillWait=2
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


_NOT_AT_ALL = "TaskPlugin=task/none\nJobAcctGatherType=jobacct_gather/none"
_BY_KERNEL = "TaskPlugin=task/cgroup\nJobAcctGatherType=jobacct_gather/linux"
_BY_SLURM = (
    "TaskPlugin=task/none\nJobAcctGatherType=jobacct_gather/linux\nJobAcctGatherFrequency=1\n"
    "JobAcctGatherParams=OverMemoryKill"
)
_MEMORY_GROUPS = ("ConstrainRAMSpace=yes", "ConstrainSwapSpace=yes", "AllowedSwapSpace=0")


def kernel_enforces() -> bool:
    """Tell whether groups of processes with a bound of memory can be made here, as version 1 has them."""
    groups = Path("/sys/fs/cgroup/memory")
    return (groups / "memory.limit_in_bytes").exists() and os.access(groups, os.W_OK)


@dataclass(frozen=True, slots=True)
class Slurm:
    """A cluster that takes jobs.

    Attributes
    ----------
    place
        Holds all its files.
    env
        What a process needs, in addition, to use this cluster.
    """

    place: Path
    env: dict[str, str]

    def ask(self, *command: str) -> str:
        """Run a command of Slurm, and return what it prints."""
        done = subprocess.run(
            command,
            env={**os.environ, **self.env},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        return done.stdout

    def ended(self) -> list[dict[str, str]]:
        """Return what was kept of each job that has ended."""
        file = self.place / "jobs.txt"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]

    def is_controlled(self) -> bool:
        """Whether the controller answers."""
        return self._says("UP", "scontrol", "ping")

    def is_idle(self) -> bool:
        """Whether the node answers, and takes jobs."""
        return self._says("idle", "sinfo", "-h", "-o", "%T")

    def _says(self, word: str, *command: str) -> bool:
        try:
            return word in self.ask(*command).split()
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return False


@contextlib.contextmanager
def running_slurm(
    place: Path, *, cpus: int = CPUS, enforced: bool = False, min_job_age: int = 300
) -> Iterator[Slurm]:
    """Run a cluster until the block is left; jobs that remain are cancelled.

    Parameters
    ----------
    place
        A directory of its own, whose path is short: sockets are made there.
    cpus
        What its node says that it has.
    enforced
        Whether a job that takes more memory than it asked for is killed: by the kernel, which Slurm then
        calls OUT_OF_MEMORY, where its groups of processes can be used here; else by Slurm, as FAILED.
    min_job_age
        Seconds after which it forgets a job that has ended; 300 is Slurm's own.
    """
    munge, slurm = place / "munge.socket", Slurm(place, {"SLURM_CONF": str(place / "slurm.conf")})
    _write(place, munge, cpus, enforced=enforced, min_job_age=min_job_age)
    with contextlib.ExitStack() as up:
        up.enter_context(daemon(_munged(place, munge), place / "munged.out", ready=munge.exists))
        for name in ("slurmctld", "slurmd"):
            command = [_path(name), "-D", "-f", str(place / "slurm.conf")]
            ready = slurm.is_idle if name == "slurmd" else slurm.is_controlled
            env = {**os.environ, **slurm.env}
            up.enter_context(daemon(command, place / f"{name}.out", ready=ready, env=env))
        up.callback(_emptied, slurm)
        yield slurm


def _write(place: Path, munge: Path, cpus: int, *, enforced: bool, min_job_age: int) -> None:
    for name in ("state", "spool"):
        (place / name).mkdir()
    key = place / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(128))
    controller, node = free_ports(2)
    text = _CONFIG.format(
        host=socket.gethostname().partition(".")[0],
        user=_user(),
        place=place,
        munge=munge,
        controller_port=controller,
        node_port=node,
        cpus=cpus,
        min_job_age=min_job_age,
        memory=MEMORY,
        enforced=(_BY_KERNEL if kernel_enforces() else _BY_SLURM) if enforced else _NOT_AT_ALL,
    )
    (place / "slurm.conf").write_text(text, encoding="utf-8")
    # By itself it looks for the kernel's groups of processes, which not every container shows.
    groups = ("CgroupPlugin=cgroup/v1", *(_MEMORY_GROUPS if enforced and kernel_enforces() else ()))
    (place / "cgroup.conf").write_text("\n".join(groups) + "\n", encoding="utf-8")


def _munged(place: Path, munge: Path) -> list[str]:
    files = {
        "key-file": "munge.key",
        "pid-file": "munged.pid",
        "seed-file": "munged.seed",
        "log-file": "munged.log",
    }
    # By force: it mistrusts a socket below a directory that only we may enter, which is what we want.
    options = [f"--{option}={place / name}" for option, name in files.items()]
    return [_path("munged"), "--foreground", "--force", f"--socket={munge}", "--num-threads=2", *options]


def _user() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def _path(name: str) -> str:
    found = program(name)
    assert found is not None, name
    return found


def _emptied(slurm: Slurm) -> None:
    """Cancel all jobs, and wait until their processes are gone."""
    slurm.ask("scancel", "--user", _user())
    end = time.monotonic() + PATIENCE
    while slurm.ask("squeue", "-h").strip() and time.monotonic() < end:
        time.sleep(0.1)
