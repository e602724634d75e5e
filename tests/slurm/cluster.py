"""A real Slurm on one machine: a controller and two nodes with GPUs that Slurm counts. No service is touched."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

NODES = ("node1", "node2")
CLIENTS = ("srun", "sbatch", "squeue", "scancel", "sinfo", "scontrol", "sacct", "sacctmgr", "sshare")

# Nodes are larger than the machine (config_overrides), so that jobs get what the rules ask for. Jobs over their memory
# are killed by Slurm's own accounting of processes, which needs no cgroups. A node that does not answer is down after
# 10 seconds, not 300, and a requeued job may start after 5 seconds, not 120.
SLURM_CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
MailProg=/bin/true
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=5,sched_min_interval=0
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
JobAcctGatherParams=OverMemoryKill
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
EnforcePartLimits=ALL
MinJobAge=3600
ReturnToService=2
SlurmctldTimeout=30
SlurmdTimeout=10
KillWait=2
GresTypes=gpu
NodeName=node1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=32 RealMemory=256000 Gres=gpu:h100:2
NodeName=node2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=32 RealMemory=256000 Gres=gpu:h100:2
PartitionName=cpu Nodes=ALL Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10
"""

# Slurm counts these GPUs and knows nothing else of them. So it sets no CUDA_VISIBLE_DEVICES, and the jobs, which refuse
# to train on the CPU where they were given an NVIDIA GPU, compute on the CPU.
GRES_CONF = """
AutoDetect=off
NodeName=node[1-2] Name=gpu Type=h100 File={folder}/gpu[0-1] Flags=no_gpu_env
"""


def wait_for(condition: Callable[[], object], what: str, seconds: float = 60, every: float = 0.5) -> object:
    """Look every so many seconds until a condition holds, and return what it gave."""
    limit = monotonic() + seconds
    while monotonic() < limit:
        value = condition()
        if value:
            return value
        sleep(every)
    raise TimeoutError(f"waited {seconds:.0f} s for {what}")


@dataclass
class Cluster:
    """A running Slurm and the processes that make it up."""

    _HOSTS = '[ "$1 $2" != "show hostnames" ] || { echo localhost; exit; }'

    folder: Path
    daemons: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What a user of the cluster has in the environment, and a mark by which its jobs are known from others."""
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "RADONC_CLUSTER": str(self.folder)}

    def start(self) -> None:
        """Write the configuration, start the daemons, wait for the nodes."""
        for name in ("state", "bin", *(f"spool-{node}" for node in NODES)):
            (self.folder / name).mkdir()
        conf = SLURM_CONF.format(host=socket.gethostname().split(".")[0], folder=self.folder, ports=free_ports(3))
        (self.folder / "slurm.conf").write_text(conf)
        (self.folder / "gres.conf").write_text(GRES_CONF.format(folder=self.folder))
        for name in ("gpu0", "gpu1"):
            (self.folder / name).touch()
        # Version 2, the default, dies where both versions are mounted; nothing here uses either.
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n")
        self._write_clients()
        self._start_munge()
        self._spawn("slurmctld", "-D", "-i")
        for node in NODES:
            self.start_node(node)

    def start_node(self, node: str) -> None:
        """Start a node and wait until it takes jobs."""
        self._spawn("slurmd", "-D", "-N", node, name=node)
        wait_for(lambda: self.state_of(node) in ("idle", "mixed"), f"{node} to come up")

    def stop(self) -> None:
        """Cancel the jobs that are left and end the daemons: those of this cluster, and no other process."""
        if "slurmctld" in self.daemons:
            with suppress(subprocess.CalledProcessError, TimeoutError):
                self.run("scancel", "--user=root")
                wait_for(lambda: not self.run("squeue", "-h"), "the jobs to end", 20)
        for daemon in reversed(list(self.daemons.values())):
            daemon.terminate()
        for daemon in self.daemons.values():
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
        # Of a job whose shell died first, Slurm loses sight.
        for node in NODES:
            self._kill_processes_of(node)

    def run(self, *command: str) -> str:
        """Run a client command and return what it said."""
        done = subprocess.run(
            [self.folder / "bin" / command[0], *command[1:]], capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout.strip()

    def state_of(self, node: str) -> str:
        """Return a node's state as sinfo says it; empty while the controller does not answer."""
        with suppress(subprocess.CalledProcessError):
            return self.run("sinfo", "-h", "-n", node, "-p", "cpu", "-o", "%T").rstrip("*")
        return ""

    def jobs(self, comment: str = "") -> list[dict[str, str]]:
        """Return the jobs of all states, oldest first, whose comment (rule and wildcards) contains a text."""
        blocks = self.run("scontrol", "--oneliner", "show", "jobs").splitlines()
        jobs = [dict(re.findall(r"(?:^| )(\w+)=(\S*)", block)) for block in blocks]
        return sorted((job for job in jobs if comment in job.get("Comment", "")), key=lambda job: int(job["JobId"]))

    def lose(self, node: str) -> None:
        """Lose a node as a power cut does: its daemon and all that runs on it, without a word to the controller."""
        self.daemons.pop(node).kill()
        self._kill_processes_of(node)

    def _kill_processes_of(self, node: str) -> None:
        for pid in self.processes_of(node):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def processes_of(self, node: str) -> list[int]:
        """Return the processes of the jobs at a node, and Slurm's own that manage them, all on this machine."""
        marks = {f"SLURMD_NODENAME={node}".encode(), f"RADONC_CLUSTER={self.folder}".encode()}
        found: set[int] = set()
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if marks <= set((process / "environ").read_bytes().split(b"\0")):
                    parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
                    is_manager = (process.parent / str(parent) / "comm").read_text() == "slurmstepd\n"
                    found |= {int(process.name), parent} if is_manager else {int(process.name)}
        return sorted(found)

    def _write_clients(self) -> None:
        # The executor takes every SLURM_ variable it does not know out of the environment of a job's step, SLURM_CONF
        # too. Where the configuration is not in /etc/slurm, the clients must find it by themselves.
        for name in CLIENTS:
            client = self.folder / "bin" / name
            program = shutil.which(name)
            client.write_text(f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {program} "$@"\n')
            client.chmod(0o755)
        # The nodes' names are known to Slurm alone. Where a job asks for hosts to meet at, this machine is meant.
        scontrol = self.folder / "bin" / "scontrol"
        first, call = scontrol.read_text().splitlines()
        scontrol.write_text(f"{first}\n{self._HOSTS}\n{call}\n")

    def _start_munge(self) -> None:
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(secrets.token_bytes(1024))
        places = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
        options = [f"--{option}={self.folder}/munge.{suffix}" for option, suffix in places.items()]
        # The folder is closed to other users, to which munge objects; there is none.
        self._spawn("munged", "--foreground", "--force", *options)
        wait_for((self.folder / "munge.socket").exists, "munge")

    def _spawn(self, program: str, *options: str, name: str = "") -> None:
        path = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
        assert path, f"{program} is not installed"
        # The system ends the daemons if the tests are killed before they can.
        command = ["setpriv", "--pdeathsig", "TERM", path, *options]
        with (self.folder / f"{name or program}.out").open("ab") as output:
            self.daemons[name or program] = subprocess.Popen(
                command, env={**self.environment, "SLURM_CONF": str(self.folder / "slurm.conf")},
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip


def free_ports(n: int) -> list[int]:
    """Return ports that nobody listens on."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """Run a cluster whose files are in a folder; end it whatever happens."""
    cluster = Cluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
