"""The sample class as files: every submission made from the solution or the release."""

import copy
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.assignment import Assignment, CodeItem, DerivationItem, Mistake, Variant
from autograder.assignments import load, notebooks
from autograder.gradebook.notebooks import dumps, flags, grade_id
from autograder.sample.people import CLASS, Person


@dataclass(frozen=True)
class Submission:
    """One file that was handed in, and what must come of it.

    Attributes:
        student: id, such as "student-07".
        label: what it stands for: "crashing", "reads the gradebook".
        about: the same in one line.
        content: bytes of the file.
        points: the marks it must get automatically, by check cell.
        named: kinds of incidents that must be reported.
        cheat: whether it tries to gain marks.
    """

    student: str
    label: str
    about: str
    content: bytes
    points: Mapping[str, float]
    named: tuple[str, ...]
    cheat: bool

    @property
    def total(self) -> float:
        """The marks it must get automatically, in all."""
        return sum(self.points.values())


def sample_class(seed: int = 0) -> tuple[Submission, ...]:
    """The class of the first assignment, in order of the students' ids.

    Args:
        seed: decides who is who; 0 keeps the order of ``people.CLASS``.
    """
    assignment = load("bptt")
    solution = notebooks.solution(assignment)
    blank = notebooks.blank(solution)
    people = list(CLASS)
    if seed:
        random.Random(seed).shuffle(people)
    return tuple(
        Submission(
            student=f"student-{number:02d}",
            label=person.label,
            about=person.about,
            content=_content(assignment, solution, blank, person, f"student-{number:02d}"),
            points=dict(person.points),
            named=person.named,
            cheat=person.cheat,
        )
        for number, person in enumerate(people, 1)
    )


def write(folder: Path, seed: int = 0) -> tuple[Submission, ...]:
    """Write the class into ``folder`` as nbgrader's ``submitted/``: one folder for each student."""
    assignment = load("bptt")
    made = sample_class(seed)
    for submission in made:
        place = folder / submission.student / assignment.name
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{assignment.notebook}.ipynb").write_bytes(submission.content)
    return made


def _content(
    assignment: Assignment, solution: Any, blank: Any, person: Person, student: str
) -> bytes:
    solved = _another(assignment, student) if person.network else student
    solution = notebooks.for_student(assignment, solution, solved)
    sources = {**_answers(assignment.of_student(solved), solution, person), **person.sources}
    if person.entries or not person.starts_blank:
        typed = solved if person.network == "mistyped" else student
        sources["student"] = f"student = {typed!r}"
    if person.explanation:
        sources["explanation"] = person.explanation
    elif not person.starts_blank:
        sources["explanation"] = _source(blank, "explanation")
    nb = notebooks.answered(blank if person.starts_blank else solution, sources)
    for before, code in person.own_cells:
        place = _place(nb, before)
        nb.cells.insert(place, _own_cell(f"own{place}", code.strip()))
    _FILES.get(person.file, lambda made: None)(nb)
    content = dumps(nb).encode()
    return content[: 2 * len(content) // 3] if person.file == "cut" else content


def _another(assignment: Assignment, student: str) -> str:
    """An id whose network differs from the student's in all its terms but one at most."""
    family = assignment.family
    assert family is not None
    own = family.of(student).split("-")
    far = max(
        family.members, key=lambda m: sum(a != b for a, b in zip(m.split("-"), own, strict=True))
    )
    return family.stand_in(far)


def _answers(assignment: Assignment, solution: Any, person: Person) -> dict[str, str]:
    """Sources of the cells that ``person`` answers from a catalogue or by edits."""
    made = {}
    for item in assignment.items:
        if not isinstance(item, CodeItem | DerivationItem):
            continue
        source = _source(solution, item.answer)
        chosen = person.entries.get(item.answer, ())
        entries: dict[str, Mistake | Variant] = {m.id: m for m in item.mistakes}
        entries |= {v.id: v for v in item.variants}
        for name in (chosen,) if isinstance(chosen, str) else chosen:
            if name != "solution":
                source = notebooks.source_of(item, entries[name], source)
            made[item.answer] = source
        for old, new in person.edits.get(item.answer, ()):
            if old not in source:
                raise ValueError(f"{person.label}: the solution does not hold {old!r}")
            made[item.answer] = source = source.replace(old, new)
    # the marks of the solution's regions would give the game away on a student's page
    return {name: _without_marks(source) for name, source in made.items()} | {
        name: _without_marks(_source(solution, name))
        for name in _answer_cells(solution)
        if name not in made and not person.starts_blank
    }


def _without_marks(source: str) -> str:
    return "\n".join(row for row in source.split("\n") if not row.strip().startswith("### "))


def _answer_cells(nb: Any) -> list[str]:
    return [str(grade_id(c)) for c in nb.cells if flags(c).get("solution") and c.source]


def _source(nb: Any, name: str) -> str:
    return str(nb.cells[_place(nb, name)].source)


def _place(nb: Any, name: str) -> int:
    return next(n for n, cell in enumerate(nb.cells) if grade_id(cell) == name)


def _own_cell(name: str, source: str) -> Any:
    from nbformat.v4 import new_code_cell

    return new_code_cell(source, id=name)  # type: ignore[no-untyped-call]


def _mix(nb: Any) -> None:
    """Delete a check, copy an answer below itself, exchange two cells."""
    del nb.cells[_place(nb, "delta-check")]
    place = _place(nb, "forward")
    twin = copy.deepcopy(nb.cells[place])
    twin.id = "twin"
    nb.cells.insert(place + 1, twin)
    gradients, chain = _place(nb, "gradients"), _place(nb, "chain")
    nb.cells[gradients], nb.cells[chain] = nb.cells[chain], nb.cells[gradients]


def _other_kernel(nb: Any) -> None:
    nb.metadata["kernelspec"] = {
        "name": "deep-learning-env",
        "display_name": "My environment",
        "language": "python",
    }


def _claims(nb: Any) -> None:
    """Empty checks that claim all points."""
    for cell in nb.cells:
        if flags(cell).get("grade") and cell.cell_type == "code":
            cell.source = "40"
            cell.metadata.nbgrader["points"] = 40
            cell.metadata["tags"] = ["skip-execution"]


_FILES = {"mix": _mix, "kernel": _other_kernel, "claims": _claims}
