"""What one submission costs, and whom: `python -m benchmarks.scaling --json FILE`.

The judge's share is measured on solutions of the first assignment, in workers with the real
sandbox. The coordinator's share, the time in which it can do nothing else, is its processor time
over a class whose judge does nothing, once with workers on this machine and once over a Dask
cluster of two; that of the scheduler is its own.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measure import machine
from benchmarks.regrade import ASSIGNMENT, made_class

FAST = "benchmarks.regrade:judge"


def judged(students: int) -> dict[str, Any]:
    """Seconds of a worker for each submission, as its verdict tells them."""
    from autograder.gradebook.grade import grade

    with tempfile.TemporaryDirectory() as folder:
        course = made_class(Path(folder), students)
        start = time.perf_counter()
        verdicts = grade(course, ASSIGNMENT, workers=1)
        whole = time.perf_counter() - start
        size = statistics.mean(p.stat().st_size for p in course.root.glob("submitted/*/*/*.ipynb"))
    seconds = [v.seconds for v in verdicts]
    return {
        "judge, s": statistics.median(seconds),
        "judge, least s": min(seconds),
        "judge, most s": max(seconds),
        "start of a run, s": whole - sum(seconds),
        "bytes of a submission": size,
    }


def coordinated(students: int, scheduler: str | None = None) -> float:
    """The coordinator's seconds of a processor for each submission."""
    from autograder.gradebook.grade import grade

    with tempfile.TemporaryDirectory() as folder:
        course = made_class(Path(folder), students)
        grade(course, ASSIGNMENT, ["student-00000"], judge=FAST, sandbox=None, scheduler=scheduler)
        start = time.process_time()
        grade(course, ASSIGNMENT, judge=FAST, sandbox=None, scheduler=scheduler)
        return (time.process_time() - start) / (students - 1)


@contextmanager
def cluster(workers: int) -> Iterator[tuple[str, int]]:
    """The address and process id of a scheduler with workers on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scheduler.json"
        dask = [sys.executable, "-m", "dask"]
        quiet: Any = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        quiet["env"] = {**os.environ, "PYTHONPATH": os.pathsep.join([os.getcwd(), *sys.path])}
        options = ["--no-dashboard", "--scheduler-file", str(file)]
        started = [
            subprocess.Popen(
                [*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", *options], **quiet
            )
        ]
        try:
            while not file.exists():
                time.sleep(0.1)
            started += [
                subprocess.Popen(
                    [*dask, "worker", "--nthreads", "1", "--no-nanny", *options], **quiet
                )
                for _ in range(workers)
            ]
            yield json.loads(file.read_text())["address"], started[0].pid
        finally:
            for run in started:
                run.kill()
                run.wait()


def processor_seconds(pid: int) -> float:
    """What a process has used of a processor."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--students", type=int, default=300, help="where the judge does nothing")
    parser.add_argument("--judged", type=int, default=20, help="submissions really judged")
    parser.add_argument("--json", type=Path, help="write the numbers to this file as well")
    options = parser.parse_args()
    found: dict[str, Any] = {
        "command": f"python -m benchmarks.scaling --students {options.students} "
        f"--judged {options.judged}",
        "machine": machine().splitlines(),
        "processes waiting at the start": os.getloadavg()[0],
        **judged(options.judged),
        "coordinator, workers here, s": coordinated(options.students),
    }
    with cluster(2) as (address, pid):
        before = processor_seconds(pid)
        found["coordinator, Dask, s"] = coordinated(options.students, address)
        found["scheduler, s"] = (processor_seconds(pid) - before) / options.students
    print(json.dumps(found, indent=1))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
