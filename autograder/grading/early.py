"""The workers' program, started while it is only likely that a run will need it.

It loads the judge and opens the sandbox while the coordinator loads nbgrader.
"""

import atexit
from pathlib import Path

from autograder.grading.program import Program

_waiting: list[Program] = []


def expect(root: Path, assignment: str, *, torch: bool = True) -> None:
    """Start it if something handed in for ``assignment`` in the course at ``root`` is not graded.

    Where nobody takes it, it ends with this process.

    Args:
        root: the course's folder.
        assignment: its name.
        torch: whether PyTorch is loaded where its judge needs it; not for a part of it that may
            not.
    """
    if _waiting:
        return
    for handed_in in root.glob(f"submitted/*/{assignment}"):
        if not (root / "autograded" / handed_in.parent.name / assignment).exists():
            _waiting.append(Program(assignment, root / "assignments", torch=torch))
            atexit.register(drop)
            return


def taken() -> Program | None:
    """The program that is waiting, if one is and still runs; it is the caller's from now on."""
    while _waiting:
        program = _waiting.pop()
        if program.alive:
            return program
        program.stop()
    return None


def drop() -> None:
    """End what nobody took."""
    while _waiting:
        _waiting.pop().stop()
