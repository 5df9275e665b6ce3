"""new: an assignment of one's own, to be changed."""

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.console import CourseOption, examples, say


def add_to(app: typer.Typer) -> None:
    """Register the command of this module."""
    app.command(
        epilog=examples("autograder new softmax", "autograder new softmax -c my-course", codes=True)
    )(new)


def new(
    name: Annotated[
        str,
        typer.Argument(
            help="What the assignment is called: lower-case letters, digits and _.",
            show_default=False,
        ),
    ],
    course: CourseOption = Path(),
) -> None:
    """Make an assignment of your own in the course, with one exercise of each kind.

    It can be verified and released at once; change it step by step. The guide is the page
    "Write your own graded exercise" of the book.
    """
    from autograder.assignments.new import new as make
    from autograder.gradebook import course as courses

    opened = courses.open(course)
    made = make(name, opened.own)
    for path in sorted(made.iterdir()):
        say(f"  {path.relative_to(opened.root)}")
    option = "" if course == Path() else f" -c {course}"
    say(f"next: autograder verify {name}{option}")
