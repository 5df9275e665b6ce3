"""What nbgrader's exchange names a released page by goes with the submission, and nothing else."""

from contextlib import nullcontext

import pytest

from autograder.gradebook.grade import grade

NAME = "submission_secret.txt"


@pytest.fixture
def carried(course, assignment, stand_ins):
    """Grades what lies beside a notebook; what then lies beside the autograded one."""

    def run(put):
        folder = stand_ins.hand_in(course, "ada", **stand_ins.RIGHT).parent
        (folder / NAME).unlink(missing_ok=True)
        put(folder / NAME)
        box = nullcontext()
        grade(course, assignment, sandbox=box, judge=stand_ins.judge, force=True)
        found = course.root / "autograded/ada/tiny" / NAME
        return found.read_text() if found.exists() else None

    return run


def test_a_secret_is_carried_on_and_goes_with_its_submission(carried):
    assert carried(lambda path: path.write_text("0123abcdef" * 12)) == "0123abcdef" * 12
    assert carried(lambda path: None) is None


@pytest.mark.parametrize("text", ["", "../../../etc/passwd", "A" * 10, "a" * 5000, "<script>"])
def test_what_is_no_secret_is_not_carried_on(carried, text):
    assert carried(lambda path: path.write_text(text)) is None


def test_a_link_is_not_followed(carried, tmp_path):
    (tmp_path / "other").write_text("abc123")
    assert carried(lambda path: path.symlink_to(tmp_path / "other")) is None
