"""doctor: whether this system can grade, and what to do where it cannot."""

import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

import typer

from autograder.cli.console import CourseOption, Exit, JsonOption, examples, say, write_json

GIB = 1 << 30
PYTHON = ((3, 11), (3, 14))  # from, below
NEEDED = ("numpy", "torch", "nbgrader", "jinja2", "nh3", "jupytext", "jupyterlab", "ipywidgets")
INSTALL = "In the clone of the course: pip install -e '.[grading]'"
NBGRADER = ((0, 9, 5), (0, 10))


@dataclass(frozen=True)
class Check:
    """One line of the report."""

    name: str
    status: Literal["ok", "warn", "fail"]
    text: str
    remedy: str = ""


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command(epilog=examples("autograder doctor", "autograder doctor -c my-course --json"))(
        doctor
    )


def doctor(course: CourseOption = Path(), json: JsonOption = False) -> None:
    """Check Python, packages, the sandbox, disk, memory, gradebook: what to mend, and how."""
    checks = []
    for check in run(course):
        checks.append(check)
        if not json:
            say(f"{check.status:<4}  {check.name:<11} {check.text}")
            for line in check.remedy.splitlines():
                say(f"{'':<18}{line}")
    failed = [check.name for check in checks if check.status == "fail"]
    verdict = f"This system cannot grade yet: {', '.join(failed)}." if failed else "Ready to grade."
    if json:
        write_json([asdict(check) for check in checks])
    say(verdict, err=json)
    raise typer.Exit(Exit.USAGE if failed else Exit.FINE)


def run(course: Path) -> Iterator[Check]:
    """All checks, one after the other, the quick ones first."""
    yield python(sys.version_info[:2])
    yield from packages()
    yield disk(course)
    yield memory()
    for slow in (assignments, sandbox):
        yield _guarded(slow)
    yield gradebook(course)


def _guarded(check: Callable[[], Check]) -> Check:
    try:
        return check()
    except ImportError as error:
        return Check(check.__name__, "fail", str(error), INSTALL)
    except Exception as error:  # whatever is broken, the other lines are still wanted
        return Check(check.__name__, "fail", f"cannot be checked: {type(error).__name__}: {error}")


def python(version: tuple[int, ...]) -> Check:
    """Whether Python is one that the course is tested with."""
    text = ".".join(map(str, version))
    low, below = (".".join(map(str, v)) for v in PYTHON)
    if version < PYTHON[0]:
        return Check("Python", "fail", f"{text} is too old", f"Install Python {low} or newer.")
    if version >= PYTHON[1]:
        return Check("Python", "warn", f"{text} is not tested", f"Use a version below {below}.")
    return Check("Python", "ok", text)


def packages() -> Iterator[Check]:
    """Whether what grading needs is installed, and nbgrader one that the judge fits into."""
    found: dict[str, str] = {}
    for name in NEEDED:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield Check(name, "fail", "is not installed", INSTALL)
    if "nbgrader" in found and not NBGRADER[0] <= _version(found["nbgrader"]) < NBGRADER[1]:
        wanted = "'nbgrader>=0.9.5,<0.10'"
        yield Check(
            "nbgrader", "fail", f"{found['nbgrader']} is not supported", f"pip install {wanted}"
        )
    yield Check("packages", "ok", ", ".join(f"{name} {version}" for name, version in found.items()))


def _version(text: str) -> tuple[int, ...]:
    numbers = []
    for piece in text.split(".")[:3]:
        digits = piece[: len(piece) - len(piece.lstrip("0123456789"))]
        numbers.append(int(digits or 0))
    return tuple(numbers)


def disk(course: Path) -> Check:
    """Whether there is room for notebooks, and for the sandbox's private /tmp."""
    places = {str(course.absolute()): course, tempfile.gettempdir(): Path(tempfile.gettempdir())}
    free = {name: shutil.disk_usage(_existing(path)).free for name, path in places.items()}
    name, least = min(free.items(), key=lambda item: item[1])
    text = f"{least / GIB:.1f} GiB free at {name}"
    if least < GIB // 5:
        return Check("disk", "fail", text, "Free some space: 2 GiB are comfortable.")
    if least < 2 * GIB:
        return Check("disk", "warn", text, "2 GiB are comfortable for a class with its outputs.")
    return Check("disk", "ok", text)


def _existing(path: Path) -> Path:
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path


def memory(file: Path = Path("/proc/meminfo")) -> Check:
    """Whether a submission may use all the memory that its limit gives it."""
    from autograder.assignment import Limits

    limit = Limits().memory_bytes
    try:
        lines = dict(line.split(":", 1) for line in file.read_text().splitlines() if ":" in line)
        free = int(lines["MemAvailable"].split()[0]) << 10
    except (OSError, KeyError, ValueError):
        return Check("memory", "warn", "how much is free is not known on this system")
    at_once = free // limit
    text = f"{free / GIB:.1f} GiB free; a submission may use {limit / GIB:.0f}"
    if at_once < 1:
        return Check("memory", "warn", text, "Close other programs, and grade with --workers 1.")
    if at_once < (os.cpu_count() or 1):
        return Check("memory", "ok", f"{text}, so use at most --workers {at_once}")
    return Check("memory", "ok", text)


def assignments() -> Check:
    """Whether the assignments load."""
    from autograder.assignments import load, names

    found = [load(name) for name in names()]
    if not found:
        return Check("assignments", "fail", "none found", "Is this a whole clone of the course?")
    words = [f"{a.name} ({len(a.items)} items, {a.max_points:g} points)" for a in found]
    return Check("assignments", "ok", ", ".join(words))


def sandbox() -> Check:
    """Whether a sandbox starts: bubblewrap, user namespaces, and the server inside."""
    from autograder.sandbox import Sandbox, SandboxError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Sandbox() as box:
                problems = dict(box.problems)
    except SandboxError as error:
        first, _, rest = str(error).partition("\n")
        return Check("sandbox", "fail", first, rest.strip("\n"))
    if problems:
        text = "; ".join(f"{name}: {why}" for name, why in problems.items())
        return Check("sandbox", "warn", f"starts, but cannot load {text}", INSTALL)
    return Check("sandbox", "ok", "bubblewrap starts, with user namespaces")


def gradebook(course: Path) -> Check:
    """Whether the course's gradebook can be used."""
    if not (course / "course.json").exists():
        return Check(
            "gradebook", "ok", f"no course in {course.absolute()}; -c names another folder"
        )
    try:
        from autograder.gradebook import course as courses
        from autograder.gradebook.database import DatabaseError, hidden, schema_version
    except ImportError as error:
        return Check("gradebook", "fail", str(error), INSTALL)
    try:
        opened = courses.open(course)
    except (courses.CourseError, DatabaseError) as error:
        return Check("gradebook", "fail", str(error))
    where = hidden(opened.db_url)
    return Check(
        "gradebook", "ok", f"{where}, layout {schema_version()}, course {opened.course_id}"
    )
