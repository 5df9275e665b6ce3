"""The line that shows a student's own network: its equations, typeset."""

import os
from dataclasses import dataclass
from html import escape

from rnncourse.derivation.exercise import DerivationExercise
from rnncourse.derivation.exercises import FAMILIES, exercise
from rnncourse.derivation.exercises import family as family_called
from rnncourse.derivation.language import parse_line
from rnncourse.derivation.personal import NoStudent, normalised
from rnncourse.derivation.typeset import to_mathml

__all__ = ["MyNetwork", "my_network"]


@dataclass(frozen=True)
class MyNetwork:
    """A network to show, or why there is none yet."""

    student: str
    member: str = ""
    words: str = ""  # what it has
    exercise: DerivationExercise | None = None
    problem: str = ""

    def __repr__(self) -> str:
        """For a terminal."""
        if self.exercise is None:
            return f"No network yet: {self.problem}."
        rows = [f"The network of {self.student} has {self.words}."]
        rows += [f"  {line}" for line in self.exercise.network]
        return "\n".join([*rows, *self.exercise.notes])

    def _repr_html_(self) -> str:
        """For a notebook: the browser sets the mathematics, no library is loaded."""
        if self.exercise is None:
            said = f"<strong>No network yet</strong><div>{escape(self.problem)}.</div>"
            return f'<div class="rnncourse-network" role="status" style="{_BOX}">{said}</div>'
        lines = (parse_line(text, self.exercise) for text in self.exercise.network)
        set_lines = (to_mathml(line, self.exercise) for line in lines)
        # in a row's own line, from the left: centred, each would have its = elsewhere
        inline = (line.replace(' display="block"', "", 1) for line in set_lines)
        rows = "".join(f'<div style="margin: 0.4em 0">{line}</div>' for line in inline)
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.exercise.notes)
        head = f"The network of <strong>{escape(self.student)}</strong> has {escape(self.words)}."
        return (
            f'<div class="rnncourse-network" style="{_BOX}"><div>{head}</div>{rows}'
            f"<ul>{notes}</ul></div>"
        )


_BOX = "border-left: 4px solid #767676; padding: 0.3em 0.8em; line-height: 1.5; overflow-x: auto"


def my_network(family: str, student: object) -> MyNetwork:
    """The network that is a student's own, to stand as the last line of a cell.

    Args:
        family: the networks among which the id chooses: "bptt".
        student: the id, as the instructor writes it.

    Raises:
        ValueError: where there is no such family.
    """
    found = family_called(family)
    if found is None and os.environ.get("RNNCOURSE_GRADING") == "1":
        # the box has no file beside the notebook, and nobody who looks
        return MyNetwork("", problem="it is shown in your notebook, not in grading")
    if found is None:
        raise ValueError(f"family: there is no {family!r}; there are {', '.join(FAMILIES)}")
    try:
        name, member = normalised(student), found.of(student)
    except NoStudent as error:
        return MyNetwork("", problem=str(error))
    spec = exercise(f"{found.shown}/{member}")
    return MyNetwork(name, member, found.members[member], spec)
