"""A command's time and the memory of all its processes together."""

import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

EVERY = 0.5  # seconds between two looks at the memory, at least
SHARE = 0.02  # of one processor: the kernel walks through all pages of a process at each look


class Cost(NamedTuple):
    """What one command took."""

    seconds: float
    peak_bytes: int  # of the process and all its descendants; pages they share counted once


class CommandFailed(RuntimeError):
    """The command's exit code was not among those that are fine."""


def cost(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], fine: Sequence[int] = (0,)
) -> Cost:
    """Run a command in ``folder``.

    Raises:
        CommandFailed: where it failed, with the end of what it wrote.
    """
    log = folder / "benchmark.log"
    started = time.perf_counter()
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdout=file, stderr=file
        )
        done = threading.Event()
        peak = [0]
        watcher = threading.Thread(target=_watch, args=(process.pid, done, peak), daemon=True)
        watcher.start()
        try:
            code = process.wait()
        except BaseException:
            process.terminate()
            raise
        finally:
            seconds = time.perf_counter() - started
            done.set()
            watcher.join()
    if code not in fine:
        end = log.read_text(errors="replace")[-3000:]
        raise CommandFailed(f"{' '.join(command)} ended with {code}:\n{end}")
    return Cost(seconds, peak[0])


def _watch(pid: int, done: threading.Event, peak: list[int]) -> None:
    pause = EVERY
    while not done.wait(pause):
        started = time.thread_time()
        peak[0] = max(peak[0], sum(map(_memory, tree(pid))))
        pause = max(EVERY, (time.thread_time() - started) / SHARE)


def tree(pid: int) -> Iterator[int]:
    """A process and all its descendants, as far as they are there."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue  # it ended meanwhile
        children.setdefault(parent, []).append(int(stat.parent.name))
    waiting = [pid]
    while waiting:
        found = waiting.pop()
        waiting += children.get(found, ())
        yield found


def _memory(pid: int) -> int:
    """A process's share of the pages that it has in memory, in bytes."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # it ended meanwhile
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
