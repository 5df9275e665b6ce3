"""The log of a grading run: one JSON object on a line of ``runs/<time>.jsonl``."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from autograder.verdict import SubmissionVerdict


class RunLog:
    """A context manager; ``name`` is the run's own, recorded in every verdict of it."""

    def __init__(self, folder: Path, **about: Any) -> None:
        now = datetime.now(UTC)
        self.name = f"{now:%Y%m%dT%H%M%S.%f}Z-{os.getpid()}"
        self.path = folder / f"{self.name}.jsonl"
        self._about = {"event": "start", "time": now.isoformat(), **about}
        self._counts = {"graded": 0, "skipped": 0, "problems": 0}

    def __enter__(self) -> "RunLog":
        self.path.parent.mkdir(exist_ok=True)
        self._file = self.path.open("x", encoding="utf-8")
        self._write(self._about)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        stopped = kind.__name__ if kind else None
        self._write({"event": "end", "stopped_by": stopped, **self._counts})
        self._file.close()

    def add(self, verdict: SubmissionVerdict, **more: Any) -> None:
        """One submission that is recorded, or was skipped."""
        event = "skipped" if "resumed" in verdict.extra else "graded"
        self._counts[event] += 1
        self._counts["problems"] += bool(verdict.problem)
        line = {
            "event": event,
            "student": verdict.student,
            "seed": verdict.seed,
            "points": verdict.points,
            "items": {v.cell: [v.points, v.max_points, str(v.outcome)] for v in verdict.verdicts},
            "incidents": [[i.kind, i.cell, i.cheat] for i in verdict.incidents],
            "problem": verdict.problem,
            "seconds": round(verdict.seconds, 3),
            **{key: value for key, value in more.items() if value},
        }
        self._write(line)

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
