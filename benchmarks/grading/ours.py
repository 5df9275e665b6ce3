"""What `autograder` does in a course of one form; the form of NumPy alone is no assignment by name.

`python -m benchmarks.grading.ours grade|feedback FORM COURSE`; marks go to the course as always.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from autograder import collector
from autograder.grading import early


def main(arguments: Sequence[str]) -> None:
    """Do it."""
    what, form, folder = arguments
    collector.none_at_exit()
    if what == "grade":
        early.expect(Path(folder), "bptt", torch=form == "PyTorch")
    with collector.loading():
        from autograder.gradebook import course as courses
        from benchmarks.grading import forms

    course, asked = courses.open(Path(folder)), forms.assignment(form)
    if what == "grade":
        from autograder.gradebook.grade import grade

        grade(course, asked)
    else:
        from autograder.reports.gather import gather, write_feedback

        write_feedback(course, asked, gather(course, asked).results, lambda *_: None)


if __name__ == "__main__":
    main(sys.argv[1:])
