"""Submitted files: whatever the bytes, they are rebuilt, or refused in plain words."""

import copy
import json
import os
import random
import tempfile
from typing import Any

import nbformat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.assignments import load
from autograder.assignments.notebooks import blank, solution
from autograder.gradebook import notebooks, submission_file
from autograder.gradebook import template as templates
from autograder.gradebook.safe_html import safe_notebook
from autograder.gradebook.sanitize import sanitize
from autograder.gradebook.submission_file import UnreadableSubmission
from autograder.judge.personal import typed_id
from autograder.judge.scan import scan_cell

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
fuzz = settings(
    max_examples=EXAMPLES or 200,
    derandomize=not EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TEMPLATE = templates.from_notebook(blank(solution(load("bptt"))))
SOLVED = json.loads(notebooks.dumps(solution(load("bptt"))))
VALID = json.dumps(SOLVED).encode()
NAMES = [cell.name for cell in TEMPLATE.cells if cell.name]
FLAGS = ["grade", "solution", "locked", "task", "points", "grade_id", "schema_version", "cell_type"]
PIECES = [
    *(b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"null", b"NaN", b"-Infinity", b"1e999"),
    *(
        b"\\ud800",
        b"\xff",
        b"\xed\xa0\x80",
        b"\x00",
        b'"outputs":[',
        b'"\\u006futputs":[]',
        b"9" * 4400,
    ),
    *(b'"cells":[],', b"[" * 2000, b'{"a":' * 1200, b'"nbformat":4,', b"\xef\xbb\xbf", b'"' * 7),
]


def taken(content: bytes, no_hang: Any) -> None:
    """Read, rebuild and write one file, as grading does."""
    with tempfile.TemporaryFile() as file, no_hang():
        file.write(content)
        file.flush()
        try:
            submitted = submission_file.read(file.fileno())
        except UnreadableSubmission as error:
            assert 0 < len(str(error)) < 400 and str(error).isprintable()
            return
        made = sanitize(submitted, TEMPLATE)
        typed_id(made.nb)
        nbformat.validate(made.nb)
        notebooks.dumps(safe_notebook(made.nb)).encode("utf-8")
    for incident in made.incidents:
        assert incident.message.isprintable() and len(incident.message) < 400
    locked = [
        (c.metadata.nbgrader.grade_id, c.source)
        for c in made.nb.cells
        if c.metadata.get("nbgrader", {}).get("locked")
    ]
    assert locked == LOCKED
    assert all(set(c.metadata) <= {"nbgrader"} for c in made.nb.cells if c.id.startswith("own-"))


LOCKED = [(c.name, c.cell.source) for c in TEMPLATE.cells if notebooks.flags(c.cell).get("locked")]


@fuzz
@given(st.integers(0, 2**63))
def test_a_changed_file_is_rebuilt_or_refused(no_hang, seed):
    rng = random.Random(seed)
    data = bytearray(VALID)
    for _ in range(rng.choice((1, 1, 2, 8, 40))):
        at = rng.randrange(len(data))
        match rng.randrange(4):
            case 0:
                data[at : at + 1] = rng.choice(PIECES)
            case 1:
                del data[at : at + rng.choice((1, 3, 200, 5000))]
            case 2:
                data[at:at] = data[at : at + rng.choice((1, 40, 2000))] * rng.randrange(1, 5)
            case _:
                data[at : at + 1] = bytes([rng.randrange(256)])
    taken(bytes(data), no_hang)


text = st.text(max_size=30) | st.sampled_from(["\ud800", "\x00\x1b[2J", "‮", "", "a" * 5000])
scrap: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text | st.just(10**4299),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
deep = st.integers(1, 900).map(lambda n: json.loads("[" * n + "]" * n))
flags = st.dictionaries(st.sampled_from(FLAGS), st.sampled_from(NAMES) | scrap | deep, max_size=6)
picture = st.dictionaries(
    st.sampled_from(["image/png", "image/svg+xml", "text/html"]) | text, text | scrap, max_size=2
)
cell = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading"]) | scrap,
        "source": text | st.lists(text | scrap, max_size=3) | st.sampled_from(NAMES) | scrap,
        "id": st.sampled_from([c.cell.id for c in TEMPLATE.cells]) | scrap,
        "metadata": st.fixed_dictionaries(
            {}, optional={"nbgrader": flags | scrap, "tags": st.just(["skip-execution"]) | scrap}
        )
        | scrap,
        "attachments": st.dictionaries(text, picture | scrap, max_size=2) | scrap,
        "outputs": scrap,
        "execution_count": scrap,
    },
)
whole = st.fixed_dictionaries(
    {"cells": st.lists(cell | scrap, max_size=6), "nbformat": st.just(4)},
    optional={
        "metadata": st.fixed_dictionaries({"kernelspec": st.fixed_dictionaries({"name": scrap})})
        | scrap,
        "nbformat_minor": scrap,
    },
)


@fuzz
@given(whole, st.booleans(), st.integers(0, 2**32))
def test_a_notebook_of_odd_parts_is_rebuilt_or_refused(no_hang, odd, mixed, seed):
    if mixed:
        # among honest cells
        rng = random.Random(seed)
        cells = copy.deepcopy(SOLVED["cells"])
        for extra in odd["cells"]:
            cells.insert(rng.randrange(len(cells)), extra)
        odd = {**odd, "cells": cells}
    try:
        content = json.dumps(odd).encode()
    except (ValueError, RecursionError):
        return
    taken(content, no_hang)


CODE = [
    "import numpy as np", "np.allclose = 1", "setattr(np, '\x1b[2J', 1)", "x = (((((1", "lambda: 0",
    "%magic", "!ls", "class A:\n    __eq__ = lambda s, o: True",
    "def rnn_forward(a):\n    import torch",
    "'" * 7, "f'{f\"{1}\"}'", "-" * 3000 + "1", "(" * 300 + ")" * 300, "a" + ".b" * 3000, "[" * 150,
    "x = " + "1+" * 3000 + "1", "\\\n" * 500, "\ud800", "\x00", "match x:\n case 1: pass",
    "a[b" * 90,
    "sys.modules['a'] = 1", "del np.sum", "import a.b.c as d, e", "from . import x",
    "λ = 1 if 1 else 2",
]  # fmt: skip


@fuzz
@given(st.integers(0, 2**63))
def test_any_cell_is_scanned(no_hang, seed):
    rng = random.Random(seed)
    joints = ("\n", ";", " ", "\n    ", "")
    source = "".join(rng.choice(CODE) + rng.choice(joints) for _ in range(rng.randrange(1, 9)))
    with no_hang():
        notes = list(scan_cell(source, ("torch",), ("rnn_forward",), {}))
    for _, message, _ in notes:
        assert message.isprintable()
