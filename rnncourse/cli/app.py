"""The commands and their help; each imports what it needs when it runs."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from rnncourse.cli.console import Exit, Stop, examples, say, write_json

app = typer.Typer(
    name="rnncourse",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
NotebookArgument = Annotated[
    Path, typer.Argument(help="Your notebook, such as bptt.ipynb.", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON, for scripts.")]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", help="Seconds that one cell may take.", min=1)
]


def _version(wanted: bool) -> None:
    if wanted:
        from rnncourse import __version__

        say(f"rnncourse {__version__} (Python {sys.version.split()[0]})")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """The course on recurrent networks: see that all is installed, check a notebook, hand it in."""


@app.command(epilog=examples("rnncourse doctor", "rnncourse doctor --json"))
def doctor(json: JsonOption = False) -> None:
    """See whether Python, the packages and the Jupyter kernel are as the course needs them."""
    from rnncourse.cli import doctor as this

    findings = this.examine()
    if json:
        write_json([finding._asdict() for finding in findings])
    else:
        this.show(findings)
    if any(finding.state == "missing" for finding in findings):
        raise typer.Exit(Exit.NOT_RIGHT)


@app.command(epilog=examples("rnncourse check bptt.ipynb", "rnncourse check bptt.ipynb --json"))
def check(
    notebook: NotebookArgument, timeout: TimeoutOption = 60.0, json: JsonOption = False
) -> None:
    """Run a notebook from top to bottom, in a process of its own, and list what its checks say."""
    from rnncourse.cli import check as this

    with _stopping():
        outcome = this.run(notebook, timeout)
    if json:
        write_json(outcome.as_json())
    else:
        this.show(outcome)
    if not outcome.passed:
        raise typer.Exit(Exit.NOT_RIGHT)


@app.command(
    epilog=examples(
        "rnncourse submit bptt.ipynb                 # writes bptt-submission.zip beside it",
        "rnncourse submit bptt.ipynb --to upload/    # into another folder",
        "rnncourse submit bptt/bptt.ipynb --exchange # through nbgrader's exchange",
    )
)
def submit(
    notebook: NotebookArgument,
    to: Annotated[
        Path | None, typer.Option(help="Folder for the zip file; beside the notebook if not given.")
    ] = None,
    exchange: Annotated[
        bool, typer.Option("--exchange", help="Hand in by nbgrader's exchange instead.")
    ] = False,
    run: Annotated[bool, typer.Option(help="Run the checks first.")] = True,
    timeout: TimeoutOption = 60.0,
    json: JsonOption = False,
) -> None:
    """See that a notebook is whole, say what is unfinished, and pack it for handing in."""
    from rnncourse.cli import submit as this

    with _stopping():
        result = this.submit(notebook, to, exchange=exchange, run=run, timeout=timeout)
    if json:
        write_json(result.as_json())
    else:
        this.show(result)


@app.command(epilog=examples("rnncourse data", "rnncourse data --json"))
def data(json: JsonOption = False) -> None:
    """List the data sets and where they come from; nothing is downloaded."""
    from rnncourse.cli import data as this

    if json:
        write_json(this.listing())
    else:
        this.show()


class _stopping:
    """Ends a foreseeable error in its words and a remedy."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Stop):
            say(f"rnncourse: {error}", err=True)
            if error.remedy:
                say(f"  {error.remedy}", err=True)
            raise typer.Exit(Exit.NOT_DONE) from None
