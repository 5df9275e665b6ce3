"""The ``autograder`` command for people who have the repository; others are told where it is."""

import importlib.util
import sys


def main() -> None:
    """Run the instructor's command line, which is not part of the wheel.

    Raises:
        SystemExit: with status 2 where the repository is not installed.
    """
    if importlib.util.find_spec("autograder") is None:
        sys.exit(
            "autograder: grading needs the course repository, which holds the hidden cases.\n"
            "Clone it and run `make demo` there, or `pip install -e '.[grading]'` in the clone."
        )
    from autograder.cli import app

    app()
