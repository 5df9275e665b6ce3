"""The root of the command line: help, subcommands, and what a foreseeable error looks like."""

import os
import sys
import traceback
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from autograder import collector
from autograder.cli import (
    authoring,
    course,
    demo,
    doctor,
    export,
    feedback,
    grading,
    past,
    policy,
    report,
)
from autograder.cli.console import EXIT_CODES, Exit, Stop, say


class _Calm(TyperGroup):
    """Ends a foreseeable error in a line and a remedy; with AUTOGRADER_DEBUG=1 in a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            say("\nautograder: stopped; the same command goes on with what is left.", err=True)
            raise typer.Exit(130) from None
        except BrokenPipeError:  # whoever read the output has enough of it
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(141) from None
        except Exception as error:
            # how typer and click end a command: no errors of ours
            if type(error).__module__.startswith(("typer", "click")):
                raise
            if not _foreseen(error) or os.environ.get("AUTOGRADER_DEBUG"):
                traceback.print_exc()
                say("autograder: this is a fault of the program; please report it.", err=True)
                raise typer.Exit(Exit.FAULT) from None
            say(f"autograder: {_words(error)}", err=True)
            if remedy := _remedy(error):
                say(f"  {remedy}", err=True)
            raise typer.Exit(Exit.USAGE) from None


def _foreseen(error: Exception) -> bool:
    ours = type(error).__module__.startswith("autograder.")
    return ours or isinstance(error, ValueError | OSError | ImportError)


def _words(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror.lower()}{where}"
    return str(error) or type(error).__name__


def _remedy(error: BaseException) -> str:
    if isinstance(error, Stop):
        return error.remedy
    if isinstance(error, ImportError):
        return "Install what grading needs, in the clone: pip install -e '.[grading]'"
    return ""


def _version(wanted: bool) -> None:
    if wanted:
        from rnncourse import __version__

        say(f"autograder {__version__} (Python {sys.version.split()[0]})")
        raise typer.Exit


app = typer.Typer(
    name="autograder",
    cls=_Calm,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\n".join(
        [
            "[bold]A course, from start to end[/bold]",
            "  autograder init my-course",
            "  autograder release bptt -c my-course",
            "  autograder collect bptt -c my-course --from hand-ins/",
            "  autograder grade bptt -c my-course",
            "  autograder feedback bptt -c my-course",
            "  autograder report bptt -c my-course",
            "  autograder export -c my-course --to grades.csv",
            "",
            EXIT_CODES,
        ]
    ),
)


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Grade the course's assignments: students' code in a sandbox, hidden cases outside it."""
    collector.none_at_exit()


course.add_to(app)
grading.add_to(app)
policy.add_to(app)
past.add_to(app)
feedback.add_to(app)
export.add_to(app)
report.add_to(app)
doctor.add_to(app)
demo.add_to(app)
authoring.add_to(app)
