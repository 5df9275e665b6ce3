import dataclasses

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.gradebook import course as courses
from autograder.gradebook.course import CourseError
from autograder.gradebook.release import release


def rewrite(solutions, old, new):
    path = solutions / "tiny" / "tiny.md"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_release_has_stubs_and_no_solution(course):
    nb = nbformat.read(course.root / "release/tiny/tiny.ipynb", as_version=4)
    cells = {c.metadata.nbgrader.grade_id: c for c in nb.cells if "nbgrader" in c.metadata}
    assert cells["double"].source.endswith("# YOUR CODE HERE\n    raise NotImplementedError()")
    assert cells["steps"].source.startswith("%%derivation tiny.steps\n# ")
    assert "raise" not in cells["steps"].source
    assert cells["why"].source == "YOUR ANSWER HERE"
    assert cells["double-check"].source == 'check("tiny.double", double)'
    # Jupyter's "Run All" goes on after them
    tagged = {name for name, c in cells.items() if "raises-exception" in c.metadata.get("tags", ())}
    assert tagged == {"double-check", "steps-check"}
    whole = nbformat.writes(nb)
    assert "twice_the_value" not in whole and "derivative of a sum" not in whole
    assert "V.T @ do[t]" not in whole


def test_the_gradebook_holds_cells_and_points(course):
    with Gradebook(course.db_url, "rnn") as gradebook:
        notebook = gradebook.find_notebook("tiny", "tiny")
        assert {c.name: c.max_score for c in notebook.grade_cells} == {
            "double-check": 3,
            "steps-check": 2,
            "why": 5,
        }
        assert gradebook.find_assignment("tiny").max_score == 10
        from nbgrader.api import Course as Row

        assert [row.id for row in gradebook.db.query(Row)] == ["rnn"]


def test_two_releases_are_the_same_bytes(course, assignment, solutions, tmp_path):
    other = courses.create(tmp_path / "other", "rnn", ["tiny"])
    again = release(other, assignment, solutions=solutions)
    for step in ("source", "release"):
        first = course.notebook(step, assignment).read_bytes()
        assert first == other.notebook(step, assignment).read_bytes()
    assert not again.replaced
    before = course.notebook("release", assignment).read_bytes()
    assert not release(course, assignment, solutions=solutions).replaced
    assert course.notebook("release", assignment).read_bytes() == before


def test_an_inserted_cell_keeps_the_other_cells_ids(course, assignment, solutions):
    ids = [c.id for c in nbformat.read(course.notebook("release", assignment), 4).cells]
    rewrite(solutions, "# A tiny assignment", "# A tiny assignment\n\n+++\n\nNew text.")
    with pytest.raises(CourseError, match="force"):
        release(course, assignment, solutions=solutions)
    assert release(course, assignment, solutions=solutions, force=True).replaced
    after = [c.id for c in nbformat.read(course.notebook("release", assignment), 4).cells]
    assert len(set(ids) - set(after)) <= 1  # the cell whose own text was split


def test_an_empty_derivation_solution_keeps_its_magic(course, assignment, solutions):
    rewrite(
        solutions,
        "### BEGIN SOLUTION\nda[t] = V.T @ do[t]\n### END SOLUTION",
        "da[t] = V.T @ do[t]",
    )
    release(course, assignment, solutions=solutions, force=True)
    nb = nbformat.read(course.notebook("release", assignment), 4)
    source = next(c.source for c in nb.cells if c.source.startswith("%%derivation"))
    assert source.splitlines()[0] == "%%derivation tiny.steps" and "V.T" not in source


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("points: 3", "points: 4", "has 4 points"),
        ("grade_id: double-check", "grade_id: other-check", "no graded cell 'double-check'"),
        ("grade_id: steps,", "grade_id: double,", "two cells have the grade_id"),
        (
            "Text of the instructor.",
            "Hint: `twice_the_value = 2 * x` is\n\n    twice_the_value = 2 * x  \n",
            None,
        ),
        (
            "The end.",
            "The key is: return twice_the_value + 0 * len('return twice_the_value')",
            None,
        ),
    ],
)
def test_a_text_that_disagrees_is_refused(course, assignment, solutions, old, new, says):
    rewrite(solutions, old, new)
    if says is None:  # shown on purpose by the instructor: outside of the markers too
        release(course, assignment, solutions=solutions, force=True)
    else:
        with pytest.raises(CourseError, match=says):
            release(course, assignment, solutions=solutions, force=True)


def test_a_leak_is_found_and_not_left_in_place(course, assignment, solutions, monkeypatch):
    from autograder.gradebook import preprocessors
    from autograder.gradebook import release as module

    monkeypatch.setattr(
        preprocessors.ClearAnswers,
        "preprocess_cell",
        lambda self, cell, resources, index: (cell, resources),
    )
    rewrite(solutions, "2 * x", "x + x")
    with pytest.raises(CourseError, match="shows the solution's line"):
        module.release(course, assignment, solutions=solutions, force=True)
    assert not course.notebook("release", assignment).exists()


@pytest.mark.filterwarnings("ignore:Object of type")  # nbgrader's own
def test_cells_cannot_change_under_submissions(course, assignment, solutions):
    with Gradebook(course.db_url, "rnn") as gradebook:
        gradebook.add_student("ada")
        gradebook.add_submission("tiny", "ada")
    rewrite(solutions, "grade_id: setup", "grade_id: set-up")
    with pytest.raises(CourseError, match="after submissions"):
        release(course, assignment, solutions=solutions, force=True)


def test_an_unknown_assignment_and_a_missing_text(course, assignment, solutions):
    with pytest.raises(CourseError, match="no assignment 'else'"):
        release(course, dataclasses.replace(assignment, name="else"), solutions=solutions)
    (solutions / "tiny" / "tiny.md").unlink()
    with pytest.raises(CourseError, match="there is no"):
        release(course, assignment, solutions=solutions)
