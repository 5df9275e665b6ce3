"""From an equation to the line that computes it, and back; the rule is in CONTRIBUTING.md."""

import ast
import re
import unicodedata
from collections import defaultdict
from pathlib import Path

import pytest

import rnncourse

LIBRARY = Path(rnncourse.__file__).parent
BOOK = LIBRARY.parent / "book"
NUMBERED = re.compile(r"^    .* \((\d+)\)$")
CITED = re.compile(r"  # eqs?\. (\d+(?:, \d+)*)(?:: .+)?$")
LABEL = re.compile(r"`(eq-[\w-]+)`")
GOING_BACK = ("and back", "back again", "on the way back")
# they have a step or a way back of something else, whose equations stand in its own file
OTHERS = {"losses", "optim", "seq2seq", "steps", "tcn_dropout", "training"}


def functions_of(path):
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def is_architecture(path):
    names = {function.name for function in functions_of(path)}
    return path.stem not in OTHERS and any(
        name in ("step", "backward") or name.endswith("_backward") for name in names
    )


MODULES = [path for path in sorted(LIBRARY.glob("[!_]*.py")) if is_architecture(path)]
MODULES.append(LIBRARY / "nn" / "ntm.py")
CELLS = [path for path in MODULES if "step_backward" in {f.name for f in functions_of(path)}]
READINGS = [
    path
    for path in sorted((LIBRARY / "nn").glob("[!_]*.py"))
    if path.stem not in ("fully_recurrent", "ntm")  # its step is elman's; it has no NumPy module
    and "step" in {function.name for function in functions_of(path)}
]


def docstring(path):
    return ast.get_docstring(ast.parse(path.read_text()), clean=False) or ""


def equations(path):
    """The docstring's numbers: those of the way forward, and those of the way back."""
    forth, back, going_back = [], [], False
    for line in docstring(path).splitlines():
        going_back |= line.lower().startswith(GOING_BACK)
        found = NUMBERED.match(line)
        if found:
            (back if going_back else forth).append(int(found[1]))
    return forth, back


def citations(path):
    """For each number the functions with a line that names it."""
    functions, found = functions_of(path), defaultdict(set)
    for at, line in enumerate(path.read_text().splitlines(), 1):
        match = CITED.search(line)
        if match:
            around = [f for f in functions if f.lineno <= at <= f.end_lineno]
            innermost = max(around, key=lambda function: function.lineno)
            for number in match[1].split(", "):
                found[int(number)].add(innermost.name)
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_number_leads_from_its_equation_to_a_line_and_back(path):
    forth, back = equations(path)
    cited = citations(path)
    assert forth, f"{path.name} has no numbered equation"
    assert forth + back == list(range(1, len(forth + back) + 1))
    assert sorted(cited) == forth + back
    assert [n for n in forth if all("backward" in name for name in cited[n])] == []
    assert [n for n in back if cited[n] <= {"step", "forward"}] == []


@pytest.mark.parametrize("path", CELLS, ids=lambda path: path.stem)
def test_the_steps_alone_have_every_equation(path):
    cited = citations(path)
    assert [n for n in cited if cited[n] <= {"forward", "backward"}] == []


@pytest.mark.parametrize("path", READINGS, ids=lambda path: path.stem)
def test_a_reading_in_pytorch_names_the_equations_of_the_way_forward(path):
    forth, _ = equations(LIBRARY / path.name)
    assert sorted(citations(path)) == forth


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_numbers_stand_below_each_other_and_look_like_no_shape(path):
    lines = [line for line in docstring(path).splitlines() if NUMBERED.match(line)]
    ends = {sum(not unicodedata.combining(character) for character in line) for line in lines}
    assert len(ends) == 1
    odd = [line for line in path.read_text().splitlines() if re.search(r"#.*\beqs?\b", line)]
    assert [line for line in odd if not CITED.search(line)] == []


def test_a_label_of_the_book_is_there():
    there = set(
        re.findall(r"\$\$ \((eq-[\w-]+)\)", "".join(p.read_text() for p in BOOK.rglob("*.md")))
    )
    named = {label for path in LIBRARY.rglob("*.py") for label in LABEL.findall(path.read_text())}
    assert named
    assert named <= there
