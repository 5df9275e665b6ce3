"""Judges for workers in processes of their own; what a submission says decides what they do.

Each notes in the file named by STUB_LOG whom it judges, so that tests can count.
"""

import os
import signal
import time
from pathlib import Path

import numpy as np
import stand_ins


def note(student: str) -> int:
    """Add a line; gives how often the student has been judged, this time included."""
    path = Path(os.environ["STUB_LOG"])
    with path.open("a") as file:
        file.write(f"{student}\n")
    return path.read_text().split().count(student)


def judge(nb, assignment, sandbox, *, student, seed):
    """Full points for the right answers; words in the notebook end, stop or starve the worker."""
    time_of_it = note(student)
    whole = "\n".join(cell.source for cell in nb.cells)
    once = "ONCE" not in whole or time_of_it == 1
    if "KILL THE WORKER" in whole and once:
        os.kill(os.getpid(), signal.SIGKILL)
    if "HANG" in whole and once:
        time.sleep(600)
    if "HOLD ON" in whole and once:  # in C, where no signal is heard
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        time.sleep(600)
    if "FILL THE MEMORY" in whole and once:
        kept = []
        while True:
            kept.append(np.empty(1 << 30, np.uint8))
    if "LEAVE" in whole and once:
        os._exit(3)
    time.sleep(float(os.environ.get("STUB_SECONDS", "0")))
    return stand_ins.judge(nb, assignment, sandbox, student=student, seed=seed)
