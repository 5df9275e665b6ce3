"""The keeper of one session: gives it namespaces, watches what it uses, says how it ended.

Three processes: the keeper (this one, outside the session's namespaces), the session's first
process, which takes in orphans, and the runner, which executes the student's code with no
capability left. When the keeper or the first process ends, the kernel kills everything in the
session.
"""

import contextlib
import json
import os
import platform
import re
import resource
import select
import signal
import socket
import sys
from typing import Any

from . import kernel, usage

POLL_MS = 100
LEAVE_SECONDS = 0.5  # for the first process, when nobody is left below it
MANY = 16  # processes; a pool of workers and what waits for calls are fewer
SOCKETS = 1024  # of one session; the kernel keeps what is written to them, which no limit counts
HOME, TMP, SHM, PROC, PTS = "/home/student", "/tmp", "/dev/shm", "/proc", "/dev/pts"
KEPT = "/box/kept"  # has folders 0 to 3: see box.py


def keep(request: dict[str, Any], fds: list[int], prepared: Any) -> None:
    """Start the session of ``request`` and stay until it ends or the judge hangs up."""
    runner_fd, status_fd = fds
    limits, boxed = request["limits"], request["boxed"]
    status = socket.socket(fileno=status_fd)
    os.setsid()
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    base = usage.address_space()
    ready_read, ready_write = os.pipe()
    try:
        if boxed:
            uid, gid = os.getuid(), os.getgid()
            kernel.unshare(kernel.NEWUSER | kernel.NEWPID)
            _map_user(uid, gid)
        else:
            kernel.adopt_orphans()
    except OSError as error:
        _tell(status, {"ended": "setup", "detail": str(error)})
        os._exit(0)
    first = os.fork()
    if first == 0:
        try:
            os.close(ready_read)
            os.close(status.detach())
            os.setpgid(0, 0)
            _first_process(limits, boxed, base, runner_fd, ready_write, prepared)
        finally:
            os._exit(1)
    os.close(runner_fd)
    os.close(ready_write)
    started = os.read(ready_read, 200).decode("utf-8", "replace")
    if started == "ready":
        ending = _watch(first, status, ready_read, limits)
    else:
        ending = {"ended": "setup", "detail": started}
    _tell(status, ending)  # at once: the judge waits only a moment for the reason
    _kill_all(first)
    _tell(status, {"processor": usage.processor()})
    os._exit(0)


def _tell(status: socket.socket, what: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        status.send(json.dumps(what).encode() + b"\n")


def _map_user(uid: int, gid: int) -> None:
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


# ------------------------------------------------------------------------------ inside the session


def _first_process(
    limits: dict[str, Any], boxed: bool, base: int, runner_fd: int, ready: int, prepared: Any
) -> None:
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        kernel.die_with_parent()
        if boxed:
            kernel.unshare(kernel.NEWNS | kernel.NEWNET | kernel.NEWIPC | kernel.NEWUTS)
            _mount(limits["file_bytes"])
    except OSError as error:
        os.write(ready, str(error).encode())
        os._exit(1)
    # the student's processes have the same user: none may look into this one
    kernel.set_traceable(False)
    runner = os.fork()
    if runner == 0:
        try:
            _become_runner(limits, boxed, base, runner_fd, ready, prepared)
        finally:
            os._exit(1)
    os.close(runner_fd)
    if boxed:
        kernel.drop_capabilities()
        kernel.die_with_parent()
    while True:
        # the runner's end is not the session's: its copies may still have to answer
        pid, status = os.waitpid(-1, 0)
        if pid == runner:
            os.write(ready, str(os.waitstatus_to_exitcode(status)).encode())
            os.close(ready)


def _mount(file_bytes: int) -> None:
    kernel.make_mounts_private()
    # a Python that lives below one of these would vanish under the session's own empty folder
    prefixes = {f(p) for p in (sys.prefix, sys.base_prefix) for f in (str, os.path.realpath)}
    covered = sorted(p for p in prefixes if p.startswith((HOME + "/", TMP + "/")))
    places = {prefix: f"{KEPT}/{number}" for number, prefix in enumerate(covered)}
    for prefix, place in places.items():
        kernel.bind(prefix, place)
    for target in (HOME, TMP):
        kernel.mount_tmpfs(target, file_bytes, mode="700")
    for prefix, place in places.items():
        os.makedirs(prefix, exist_ok=True)
        kernel.bind(place, prefix)
    if places:
        kernel.mount_tmpfs(KEPT, 4096, kernel.MS_RDONLY)
    kernel.mount_tmpfs(SHM, 16 << 20, mode="700")
    # a fresh one is not allowed here, and the outer one shows other sessions
    kernel.mount_tmpfs(PROC, 4096, kernel.MS_RDONLY)
    # terminals of all sessions would be in one list, open to each of them
    kernel.mount_tmpfs(PTS, 4096, kernel.MS_RDONLY)
    os.chdir(HOME)


def _become_runner(
    limits: dict[str, Any], boxed: bool, base: int, runner_fd: int, ready: int, prepared: Any
) -> None:
    from . import runner

    os.setsid()
    null = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.write(ready, b"ready")
    connection = os.dup2(runner_fd, 3, inheritable=False) if runner_fd != 3 else 3
    os.closerange(4, 4096)
    seconds = int(limits["submission_seconds"]) + 10
    for kind, value in (
        (resource.RLIMIT_AS, base + limits["memory_bytes"]),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, limits["file_bytes"]),
        (resource.RLIMIT_NPROC, limits["processes"]),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        if kind != resource.RLIMIT_NPROC or (boxed and _counts_by_namespace()):
            _limit(kind, value)
    if boxed:
        kernel.drop_capabilities()
        kernel.filter_system_calls()
    kernel.set_traceable(True)  # to the keeper, which measures its memory
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    runner.Runner(socket.socket(fileno=connection), prepared, limits).serve()
    os._exit(0)


def _counts_by_namespace() -> bool:
    """Whether the kernel counts a user's processes in each namespace apart; since Linux 5.14."""
    major, minor = re.findall(r"\d+", platform.release())[:2]
    return (int(major), int(minor)) >= (5, 14)


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


# ---------------------------------------------------------------------------------------- watching


def _watch(
    first: int, status: socket.socket, runner: int, limits: dict[str, Any]
) -> dict[str, Any]:
    """Wait until the session ends, uses too much, or the judge hangs up.

    Args:
        first: id of the session's first process.
        status: the line to the judge.
        runner: a pipe on which the first process says how the runner ended.
        limits: what the session may use.
    """
    poll = select.poll()
    poll.register(status, select.POLLIN | select.POLLHUP)
    poll.register(runner, select.POLLIN | select.POLLHUP)
    while True:
        ready = {fd for fd, _ in poll.poll(POLL_MS)}
        if status.fileno() in ready:
            return {"ended": "closed"}
        if runner in ready:
            poll.unregister(runner)
            if said := os.read(runner, 20):
                _tell(status, {"runner": int(said)})
        pid, code = os.waitpid(first, os.WNOHANG)
        if pid:
            return {"ended": "exit", "code": os.waitstatus_to_exitcode(code)}
        members = _members(first)
        if len(members) > limits["processes"]:
            return {"ended": "processes"}
        if len(members) > MANY:
            _step_back(members)
        # one process is stopped by its own limit, with an exception; this is for many together
        memory = int(1.5 * limits["memory_bytes"])
        if usage.memory(members, memory) > memory or usage.sockets(first) > SOCKETS:
            return {"ended": "memory"}


def _step_back(pids: list[int]) -> None:
    """Let others go first: where the kernel does not share by session, many would slow them."""
    for pid in pids:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, 19)


def _members(first: int) -> list[int]:
    """Ids of ``first`` and all its descendants."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with (
                contextlib.suppress(OSError, ValueError, IndexError),
                open(f"/proc/{name}/stat") as file,
            ):
                parent = int(file.read().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(name))
    found, queue = [], [first]
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue.extend(children.get(pid, ()))
    return found


def _kill_all(first: int) -> None:
    """End every process of the session.

    ``first`` is given the time to take in the others and end by itself: killed together with them,
    it would forget what they used.
    """
    with contextlib.suppress(OSError):
        process = os.pidfd_open(first)
        _kill([pid for pid in _members(os.getpid())[1:] if pid != first])  # one's own alone
        select.select([process], [], [], LEAVE_SECONDS)
    _kill(_members(os.getpid())[1:])
    with contextlib.suppress(OSError):
        while True:
            os.waitpid(-1, 0)


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
