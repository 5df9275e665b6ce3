"""Verdicts as JSON, beside autograded notebooks: for feedback, reports and the next run."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder.gradebook import files
from autograder.verdict import Incident, Outcome, Part, Seen, SubmissionVerdict, Verdict

VERSION = 1


def dumps(verdict: SubmissionVerdict) -> str:
    """A verdict as JSON text, without indents, which take ten times as long; always the same."""
    return json.dumps({"version": VERSION, **asdict(verdict)}, sort_keys=True) + "\n"


def loads(text: str) -> SubmissionVerdict:
    """The verdict of such a text.

    Raises:
        ValueError: where it is none.
    """
    try:
        return _verdict(json.loads(text))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a verdict: {error!r}") from error


def write(path: Path, verdict: SubmissionVerdict) -> None:
    """Write a verdict, whole or not at all."""
    files.write_text(path, dumps(verdict))


def read(path: Path) -> SubmissionVerdict | None:
    """The verdict in a file; None where there is none that can be read."""
    try:
        return loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _verdict(tree: dict[str, Any]) -> SubmissionVerdict:
    if tree.pop("version") != VERSION:
        raise ValueError(f"a verdict of another version; {VERSION} is read")
    tree["verdicts"] = tuple(
        Verdict(
            **{
                **item,
                "outcome": Outcome(item["outcome"]),
                "parts": tuple(map(_part, item["parts"])),
            }
        )
        for item in tree["verdicts"]
    )
    tree["incidents"] = tuple(Incident(**incident) for incident in tree["incidents"])
    return SubmissionVerdict(**tree)


def _part(tree: dict[str, Any]) -> Part:
    seen = tree.get("seen")
    if seen is None:
        return Part(**tree)
    lists = {key: tuple(value) for key, value in seen.items() if isinstance(value, list)}
    return Part(**{**tree, "seen": Seen(**{**seen, **lists})})
