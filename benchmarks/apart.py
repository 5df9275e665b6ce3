"""Lines measured in a process of their own: libraries read what they are told when they load.

Every setting has one such process, which takes a case on each line of its input and answers with
a line of a table: as the libraries choose their instructions ("natural"), and with NumPy, oneDNN
and PyTorch held to AVX2, which is nearer to what other machines have.
"""

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from typing import Any

from benchmarks.measure import CHOICES

SETTINGS: dict[str, dict[str, str]] = {
    "natural": {},
    "held to AVX2": {
        "OPENBLAS_CORETYPE": "Haswell",
        "OPENBLAS_L2_SIZE": "512",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "ATEN_CPU_CAPABILITY": "avx2",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL",
    },
}

WORKERS: dict[str, subprocess.Popen[str]] = {}

Line = Callable[[float], dict[str, Any]]


def apart(module: str, setting: str, case: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The line that `compared` of a benchmark's module gives for a case, under a setting."""
    process = worker(setting)
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the process has no pipes")
    question = {"module": module, "case": {**case, "seconds": seconds}}
    process.stdin.write(json.dumps(question) + "\n")
    process.stdin.flush()
    text = process.stdout.readline()
    row: dict[str, Any] = json.loads(text) if text else {"error": "its process ended"}
    if "error" in row:
        raise RuntimeError(f"measuring {module} {case} failed:\n{row['error']}")
    return row


def worker(setting: str) -> subprocess.Popen[str]:
    """The process of a setting, started when it is first asked."""
    if setting not in WORKERS:
        environment = {name: value for name, value in os.environ.items() if name not in CHOICES}
        WORKERS[setting] = subprocess.Popen(
            [sys.executable, "-W", "ignore:.*not supported.*", "-m", "benchmarks.apart"],
            env={**environment, **SETTINGS[setting]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    return WORKERS[setting]


def finish() -> None:
    """End the processes; the next question starts new ones."""
    while WORKERS:
        _, process = WORKERS.popitem()
        process.communicate()


def main() -> None:
    """Answer each case until there are no more."""
    for text in sys.stdin:
        print(json.dumps(answer(json.loads(text))), flush=True)


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """A line, or what went wrong."""
    try:
        module = import_module(f"benchmarks.{question['module']}")
        row: dict[str, Any] = module.compared(**question["case"])
    except Exception:
        return {"error": traceback.format_exc()}
    return row


if __name__ == "__main__":
    main()
