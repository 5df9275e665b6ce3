"""What one submission costs, and whom: `python -m benchmarks.scaling --json FILE`.

The judge's share is measured on solutions of the first assignment with the real sandbox: the time
in one worker, the processor's time in this process and the sessions. The coordinator's share is
what it does itself for a submission, one after another: it takes it in, and writes its result into
SQLite or PostgreSQL; measured over a class whose judge does nothing. What more its process uses of
a processor is the transfer to the workers, on this machine or over a Dask cluster of two. Medians,
so that a moment in which others had the processor does not count; the transfer is a mean of
processor time.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from autograder.assignments import load
from autograder.gradebook import grade as coordinator
from autograder.gradebook import notebooks
from autograder.judge.submission import judge_submission
from autograder.sandbox import Sandbox, Session
from benchmarks import postgresql
from benchmarks.measure import machine
from benchmarks.regrade import ASSIGNMENT, made_class

FAST = "benchmarks.regrade:judge"
STEPS = {"take in": "_take", "write": "_write"}


def judged(students: int) -> dict[str, float]:
    """Seconds of a worker for each submission, as its verdict tells them, and of a processor."""
    with tempfile.TemporaryDirectory() as folder:
        course = made_class(Path(folder), students)
        start = time.perf_counter()
        verdicts = coordinator.grade(course, ASSIGNMENT, workers=1)
        whole = time.perf_counter() - start
        worked = judged_here(course)
        size = statistics.mean(p.stat().st_size for p in course.root.glob("submitted/*/*/*.ipynb"))
    if any(v.problem for v in verdicts):
        raise RuntimeError(f"not judged: {next(v.problem for v in verdicts if v.problem)}")
    seconds = [v.seconds for v in verdicts]
    return {
        "judge, s": statistics.median(seconds),
        "judge, least s": min(seconds),
        "judge, most s": max(seconds),
        "judge, s of a processor": worked,
        "start of a run, s": whole - sum(seconds),
        "bytes of a submission": size,
    }


def judged_here(course: Any) -> float:
    """Seconds of a processor for each submission: those of the judge and of the whole session."""
    asked, used = load(ASSIGNMENT), []
    sessions: list[Session] = []
    begin = Sandbox.session

    def noted(sandbox: Sandbox) -> Session:
        sessions.append(begin(sandbox))
        return sessions[-1]

    with Sandbox(asked.forbidden, asked.limits) as box, patch.object(Sandbox, "session", noted):
        for student in course.students(asked.name):
            nb = notebooks.read(course.notebook("submitted", asked, student))
            before = time.process_time()
            judge_submission(nb, asked, box, student=student, seed=1)
            judge = time.process_time() - before
            used.append(judge + sum(session.processor_seconds for session in sessions))
            sessions.clear()
    return statistics.median(used)


def coordinated(
    students: int,
    *,
    db_url: str | None = None,
    scheduler: str | None = None,
    pid: int = 0,
    judge: Any = FAST,
) -> dict[str, float]:
    """The coordinator's seconds for each submission, by what it does, and those of `pid`."""
    with tempfile.TemporaryDirectory() as folder:
        course = made_class(Path(folder), students, db_url=db_url)
        options: dict[str, Any] = {"judge": judge, "sandbox": None, "scheduler": scheduler}
        coordinator.grade(course, ASSIGNMENT, ["student-00000"], **options)  # all is imported
        with timed() as (walls, cpus):
            start, other = time.process_time(), processor_seconds(pid) if pid else 0.0
            coordinator.grade(course, ASSIGNMENT, **options)
            whole = time.process_time() - start
            other = processor_seconds(pid) - other if pid else 0.0
    found = {f"{name}, s": statistics.median(walls[name]) for name in STEPS}
    found |= {f"{name}, s of a processor": statistics.median(cpus[name]) for name in STEPS}
    busy = sum(sum(times) for times in cpus.values())
    found["transfer, s"] = max(0.0, whole - busy) / (students - 1)
    return {**found, "scheduler, s": other / (students - 1)} if pid else found


@contextmanager
def timed() -> Iterator[tuple[dict[str, list[float]], dict[str, list[float]]]]:
    """Time of each call of the coordinator's steps, and how much of it a processor worked."""
    walls: dict[str, list[float]] = {name: [] for name in STEPS}
    cpus: dict[str, list[float]] = {name: [] for name in STEPS}

    def around(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            wall, cpu = time.perf_counter(), time.thread_time()
            try:
                return real(*arguments)
            finally:
                walls[name].append(time.perf_counter() - wall)
                cpus[name].append(time.thread_time() - cpu)

        return call

    real = {name: getattr(coordinator, function) for name, function in STEPS.items()}
    for name, function in STEPS.items():
        setattr(coordinator, function, around(name, real[name]))
    try:
        yield walls, cpus
    finally:
        for name, function in STEPS.items():
            setattr(coordinator, function, real[name])


@contextmanager
def cluster(workers: int) -> Iterator[tuple[str, int]]:
    """The address and process id of a scheduler with workers on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scheduler.json"
        dask = [sys.executable, "-m", "dask"]
        quiet: Any = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        quiet["env"] = {**os.environ, "PYTHONPATH": os.pathsep.join([os.getcwd(), *sys.path])}
        options = ["--no-dashboard", "--scheduler-file", str(file)]
        serve = ["scheduler", "--host", "127.0.0.1", "--port", "0", *options]
        work = ["worker", "--nthreads", "1", "--no-nanny", *options]
        started = [subprocess.Popen([*dask, *serve], **quiet)]
        try:
            while not file.exists():
                if started[0].poll() is not None:
                    raise RuntimeError("Dask's scheduler did not start")
                time.sleep(0.1)
            started += [subprocess.Popen([*dask, *work], **quiet) for _ in range(workers)]
            yield json.loads(file.read_text())["address"], started[0].pid
        finally:
            for run in reversed(started):
                run.kill()
                run.wait()


def processor_seconds(pid: int) -> float:
    """What a process has used of a processor."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(students: int, really: int) -> dict[str, Any]:
    """All that the page reads."""
    found: dict[str, Any] = {
        "command": f"python -m benchmarks.scaling --students {students} --judged {really}",
        "machine": machine().splitlines(),
        "submissions": students,
        "judged": really,
        **judged(really),
        "SQLite": coordinated(students),
    }
    with postgresql.server() as address:
        found["PostgreSQL"] = coordinated(students, db_url=address)
    with cluster(2) as (address, pid):
        found["Dask"] = coordinated(students, scheduler=address, pid=pid)
    found["scheduler, s"] = found["Dask"].pop("scheduler, s")
    return {**found, "machine at the end": machine().splitlines()[0]}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--students", type=int, default=300, help="where the judge does nothing")
    parser.add_argument("--judged", type=int, default=20, help="submissions really judged")
    parser.add_argument("--json", type=Path, help="write the numbers to this file as well")
    options = parser.parse_args()
    if options.students < 3 or options.judged < 2:
        parser.error("--students must be at least 3, --judged at least 2")
    text = json.dumps(measured(options.students, options.judged), indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
