"""What a verdict rests on, as content hashes: the judge, and each item's definition.

Of code the source files count: of an item those of the modules in which its functions live and all
modules of this project that these import, however deep. So a change is never missed, and a comment
may cost a needless run.
"""

import dataclasses
import hashlib
import importlib.metadata
import platform
import re
import types
from collections.abc import Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import autograder
import rnncourse
from autograder.assignment import Assignment, CodeItem, DerivationItem, Personal
from rnncourse.derivation.personal import NoStudent

ROOTS = {p.__name__: Path(p.__file__ or "").parent for p in (autograder, rnncourse)}
GRADER = ("autograder.judge", "autograder.sandbox", "autograder.grading.task")
EXERCISES = ("rnncourse.checks.exercises", "rnncourse.derivation.exercises")
LIBRARIES = ("numpy", "torch", "ipython")
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]+)|import[ \t]+([^\n#]+))",
    re.MULTILINE,
)
_FOR_TYPES = re.compile(r"^if TYPE_CHECKING:\n(?:[ \t]+[^\n]*\n|\n)+", re.MULTILINE)


def of_grader() -> str:
    """A hash of the code that runs and judges, and of the versions of what it computes with.

    Exercises are left out, which count for the items that ask for them alone.
    """
    modules = _closure((name for p in GRADER for name in _all_below(p)), without=EXERCISES)
    return hashlib.sha256(_hash_of(modules) + versions().encode()).hexdigest()


class Definitions:
    """Hashes of the items of one assignment.

    They cover points, cases, the catalogue and its texts, accepted variants, the exercise's
    functions and, where an item has a catalogue, the solution's cells of which it is made.
    """

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._solution = _solution(assignment)
        self._known: dict[tuple[str, str], str] = {}

    def of_student(self, student: str) -> dict[str, str]:
        """The hash of each item as one student has it, by cell."""
        try:
            items = self._assignment.of_student(student).items
        except NoStudent:  # an id that gives no network; the judge will say so
            items = self._assignment.items
        return {item.cell: self._of(item) for item in items}

    def whole(self) -> str:
        """One hash of all items, every student's own included."""
        found = {item.cell: self._of(item) for item in self._assignment.items}
        for item in self._assignment.items:
            if isinstance(item, CodeItem | DerivationItem) and item.personal is not None:
                for member, version in item.personal.versions.items():
                    found[f"{item.cell}/{member}"] = self._of(version)
        return hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()

    def _of(self, item: Any) -> str:
        key = item.cell, getattr(item, "member", "")
        if key not in self._known:
            walk = _Walk()
            walk.see(item)
            if getattr(item, "mistakes", ()) or getattr(item, "solution", None):
                walk.digest.update(self._solution.encode())
            walk.digest.update(_hash_of(_closure(walk.modules)))
            self._known[key] = walk.digest.hexdigest()
        return self._known[key]


def of_all(assignment: Assignment) -> str:
    """One hash of the grader and the whole assignment: what two machines must have alike."""
    both = of_grader() + Definitions(assignment).whole()
    return hashlib.sha256(both.encode()).hexdigest()


class _Walk:
    """Hashes a value by what it holds, and notes the modules whose code it uses."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.modules: set[str] = set()
        self._under_way: set[int] = set()

    def see(self, value: Any) -> None:
        """Add a value to the hash."""
        if id(value) in self._under_way:
            return
        self._under_way.add(id(value))
        self._tell(type(value).__qualname__)
        if isinstance(value, Personal):
            # the item itself is the student's version; the others are other students'
            self.see(value.family)
        elif isinstance(value, type | types.FunctionType):
            self._code(value)
        elif isinstance(value, partial):
            self._all(value.func, value.args, value.keywords)
        elif isinstance(value, types.MethodType):
            self._all(value.__func__, value.__self__)
        elif dataclasses.is_dataclass(value):
            self._code(type(value))
            for field in dataclasses.fields(value):
                self._all(field.name, getattr(value, field.name))
        elif isinstance(value, Mapping):
            for key in sorted(value, key=repr):
                self._all(key, value[key])
        elif isinstance(value, set | frozenset):
            self._all(*sorted(value, key=repr))
        elif isinstance(value, list | tuple):
            self._all(*value)
        elif isinstance(value, types.ModuleType):
            self.modules.add(value.__name__)
        elif hasattr(value, "tobytes"):  # an array
            self._tell(repr((value.dtype, value.shape)))
            self.digest.update(value.tobytes())
        elif hasattr(value, "__dict__"):
            self._code(type(value))
            self.see(vars(value))
        else:
            self._tell(repr(value))
        self._under_way.discard(id(value))

    def _all(self, *values: Any) -> None:
        for value in values:
            self.see(value)

    def _code(self, value: Any) -> None:
        self._tell(f"{value.__module__}:{value.__qualname__}")
        self.modules.add(value.__module__)
        for cell in getattr(value, "__closure__", None) or ():
            self.see(cell.cell_contents)
        self._all(getattr(value, "__defaults__", None), getattr(value, "__kwdefaults__", None))

    def _tell(self, text: str) -> None:
        self.digest.update(text.encode() + b"\0")


def _solution(assignment: Assignment) -> str:
    """The code cells of the solution's text, from which the catalogue is made; "" without one."""
    try:
        text = assignment.text().read_text("utf-8")
    except OSError:
        return ""
    return "\0".join(re.findall(r"^```\{code-cell\}.*?^```", text, re.MULTILINE | re.DOTALL))


@cache
def versions() -> str:
    """What the grader computes with, in words: "rnncourse 0.1.0, python 3.11, numpy 2.3.1"."""
    found = {
        "rnncourse": rnncourse.__version__,
        "python": ".".join(platform.python_version_tuple()[:2]),
    }
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "absent"
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _hash_of(modules: Iterable[str]) -> bytes:
    """A hash of these modules' source files."""
    digest = hashlib.sha256()
    for name in sorted(modules):
        digest.update(name.encode() + b"\0" + _file_hash(name))
    return digest.digest()


def _closure(modules: Iterable[str], without: tuple[str, ...] = ()) -> set[str]:
    """These modules and all of this project that they import, but for packages left out."""
    found: set[str] = set()
    waiting = [name for name in modules if _path(name)]
    while waiting:
        name = waiting.pop()
        if name not in found and not name.startswith(without or ("-",)):
            found.add(name)
            waiting.extend(_imported(name))
    return found


def _all_below(package: str) -> list[str]:
    """A package's modules, or the module itself."""
    path = _path(package)
    if path is None or path.name != "__init__.py":
        return [package]
    below = (p.relative_to(path.parent).with_suffix("") for p in path.parent.rglob("*.py"))
    return [".".join((package, *p.parts)).removesuffix(".__init__") for p in below]


@cache
def _imported(name: str) -> tuple[str, ...]:
    """Modules of this project that a module imports anywhere in its text."""
    path = _path(name)
    assert path is not None
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found: list[str] = []
    text = _FOR_TYPES.sub("", path.read_text("utf-8"))
    for source, names, plain in _IMPORT.findall(text):
        if plain:
            found += [part.split()[0] for part in plain.split(",") if part.split()]
            continue
        dots = len(source) - len(source.lstrip("."))
        if dots:
            parts = package.split(".")[: len(package.split(".")) - dots + 1]
            source = ".".join(filter(None, [*parts, source.lstrip(".")]))
        found.append(source)
        listed = re.sub(r"#[^\n]*", "", names).strip("()").split(",")
        found += [f"{source}.{part.split()[0]}" for part in listed if part.split()]
    return tuple(name for name in found if _path(name))


@cache
def _path(name: str) -> Path | None:
    """The source file of a module of this project; None for any other name."""
    top, *below = name.split(".")
    if top not in ROOTS:
        return None
    place = ROOTS[top].joinpath(*below)
    for path in (place / "__init__.py", place.with_suffix(".py")):
        if path.is_file():
            return path
    return None


@cache
def _file_hash(name: str) -> bytes:
    path = _path(name)
    return hashlib.sha256(path.read_bytes() if path else b"").digest()
