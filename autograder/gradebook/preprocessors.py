"""nbgrader preprocessors of this course, for making the students' version of a notebook."""

from typing import Any

from nbgrader.preprocessors import ClearSolutions
from nbgrader.preprocessors.base import NbGraderPreprocessor
from traitlets import Unicode

from autograder.gradebook.notebooks import flags

STUDENT = "student"  # grade_id of the cell for the id


class ClearAnswers(ClearSolutions):
    """Takes solutions out as nbgrader does; a derivation gets a stub of its own language.

    So does the cell in which students write their id, which decides on their own networks.
    """

    derivation_stub = Unicode(
        "# one line for each step, such as:  do[t] = ...",
        help="What replaces the solution of a cell that begins with %%derivation",
    ).tag(config=True)

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> Any:
        """Replace the solution, or the whole cell where it marks none; the magic's line stays."""
        if flags(cell).get("grade_id") == STUDENT:
            self.set_trait("code_stub", {**self.code_stub, "student": 'student = ""'})
            language = {**resources, "language": "student"}
            return super().preprocess_cell(cell, language, cell_index)[0], resources
        magic, _, _ = cell.source.partition("\n")
        if not magic.startswith("%%derivation"):
            return super().preprocess_cell(cell, resources, cell_index)
        self.set_trait("code_stub", {**self.code_stub, "derivation": self.derivation_stub})
        cell, _ = super().preprocess_cell(cell, {**resources, "language": "derivation"}, cell_index)
        if not cell.source.startswith("%%derivation"):
            cell.source = f"{magic}\n{cell.source}"
        return cell, resources


class GradedOutside(NbGraderPreprocessor):
    """Refuses to go on: stands where nbgrader would run a submission in an unprotected kernel.

    Reached only where ``JudgedAutograde`` was not put in the place of nbgrader's own converter.
    """

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Raise, so that nothing is run and no points are given.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(
            "this course is graded by the autograder's judge, and nbgrader was about to run the "
            "submission itself; grade with `autograder grade`, or start nbgrader in the "
            "course's folder"
        )
