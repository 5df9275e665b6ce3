import base64
import copy
import json
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.gradebook import template as templates
from autograder.gradebook.sanitize import sanitize
from autograder.gradebook.submission_file import SubmittedNotebook, _notebook


def made() -> Any:
    def flags(name, solution=False, grade=False, locked=False, points=None):
        nbgrader = {
            "schema_version": 3,
            "grade_id": name,
            "solution": solution,
            "grade": grade,
            "locked": locked,
            "task": False,
        }
        return {"nbgrader": nbgrader | ({"points": points} if points is not None else {})}

    def code(id, source, metadata=None):
        return nbformat.from_dict(
            {
                "cell_type": "code",
                "id": id,
                "metadata": metadata or {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
        )

    def text(id, source, metadata=None):
        return nbformat.from_dict(
            {"cell_type": "markdown", "id": id, "metadata": metadata or {}, "source": source}
        )

    return nbformat.from_dict({
        "cells": [
            text("c1", "# Title"),
            code("c2", "from rnncourse.checks import check", flags("setup", locked=True)),
            code("c3", "import math"),
            code("c4", "def double(x):\n    raise NotImplementedError()",
                 flags("double", solution=True)),
            code("c5", 'check("tiny.double", double)',
                 flags("double-check", grade=True, locked=True, points=3)),
            code("c6", "%%derivation tiny.steps\n# steps", flags("steps", solution=True)),
            code("c7", 'check("tiny.steps", steps)',
                 flags("steps-check", grade=True, locked=True, points=2)),
            text("c8", "YOUR ANSWER HERE", flags("why", solution=True, grade=True, points=5)),
            text("c9", "The end."),
        ],
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    })  # fmt: skip


TEMPLATE = templates.from_notebook(made())


def submitted(tree: Any) -> SubmittedNotebook:
    return _notebook(json.loads(json.dumps(tree)))


def cell(tree: Any, id: str) -> Any:
    return next(c for c in tree.cells if c.id == id)


def rebuild(tree: Any) -> Any:
    result = sanitize(submitted(tree), TEMPLATE)
    nbformat.validate(result.nb)
    return result


def named(nb: Any) -> dict[str, Any]:
    return {c.metadata.nbgrader.grade_id: c for c in nb.cells if "nbgrader" in c.metadata}


def own(nb: Any) -> list[str]:
    return [c.source for c in nb.cells if c.id.startswith("own-")]


def kinds(result: Any) -> dict[str, bool]:
    return {i.kind: i.cheat for i in result.incidents}


def extra(source: str, **more: Any) -> Any:
    return nbformat.from_dict(
        {"cell_type": "code", "id": "x1", "metadata": {}, "source": source, "outputs": [],
         "execution_count": 1} | more
    )  # fmt: skip


def test_an_untouched_release_comes_back_as_it_is():
    result = rebuild(made())
    assert result.nb == made() and not result.incidents
    assert result.blank == {"double", "steps", "why"}


def test_answers_and_own_cells_come_through():
    nb = made()
    cell(nb, "c4").source = "def double(x):\n    return 2 * x"
    cell(nb, "c4").outputs = [{"output_type": "stream", "name": "stdout", "text": "hi"}]
    nb.cells.insert(4, extra("helper = 1", metadata={"tags": ["skip-execution"], "evil": 1}))
    nb.cells.append(extra("last = 1"))
    result = rebuild(nb)
    assert named(result.nb)["double"].source == "def double(x):\n    return 2 * x"
    assert [c.source for c in result.nb.cells[3:6]] == [
        "def double(x):\n    return 2 * x", "helper = 1", 'check("tiny.double", double)',
    ]  # fmt: skip
    assert result.nb.cells[-1].source == "last = 1"
    assert not result.incidents and result.blank == {"steps", "why"}
    for c in result.nb.cells:
        assert not c.get("outputs") and (not c.id.startswith("own-") or c.metadata == {})


def test_an_edited_check_is_restored_and_named():
    nb = made()
    cell(nb, "c5").source = 'print("3/3")'
    result = rebuild(nb)
    assert named(result.nb)["double-check"].source == 'check("tiny.double", double)'
    assert kinds(result) == {"edited-check": True} and not own(result.nb)


@pytest.mark.parametrize(
    "source",
    [
        'check( "tiny.double",double )',
        "check('tiny.double', double)",
        'check("tiny.double", double)  \n\n',
    ],
)
def test_a_check_that_an_editor_formatted_is_no_incident(source):
    nb = made()
    cell(nb, "c5").source = source
    assert not rebuild(nb).incidents


@pytest.mark.parametrize(
    ("flags", "kind"),
    [
        ({"points": 300}, "edited-points"),
        ({"points": "3"}, "edited-points"),
        ({"solution": True}, "edited-flags"),
        ({"grade": False, "locked": False}, "edited-flags"),
        ({"task": True}, "edited-flags"),
    ],
)
def test_claimed_points_and_flags_are_put_back(flags, kind):
    nb = made()
    cell(nb, "c5").metadata.nbgrader.update(flags)
    result = rebuild(nb)
    assert kinds(result) == {kind: True}
    assert result.nb == made()


def test_tags_and_other_metadata_never_come_from_the_submission():
    nb = made()
    for c in nb.cells:
        c.metadata["tags"] = ["skip-execution"]
        c.metadata["collapsed"] = True
    nb.metadata["widgets"] = {"evil": 1}
    nb.metadata.kernelspec.name = "julia-1.9"
    result = rebuild(nb)
    assert result.nb == made()
    assert kinds(result) == {"wrong-kernel": False, "skip-execution": True}


def test_missing_cells_come_back_in_their_place():
    nb = made()
    nb.cells = [cell(nb, "c9"), cell(nb, "c4")]
    result = rebuild(nb)
    assert result.nb == made()
    missing = [i.cell for i in result.incidents if i.kind == "missing-cell"]
    assert missing == ["setup", "double-check", "steps", "steps-check", "why"]
    assert not any(i.cheat for i in result.incidents)


def test_a_restored_stub_never_hides_the_students_definition():
    nb = made()
    lost = cell(nb, "c4")
    lost.metadata, lost.id, lost.source = {}, "x9", "def double(x):\n    return 2 * x"
    result = rebuild(nb)
    sources = [c.source for c in result.nb.cells]
    stub = named(result.nb)["double"].source
    assert sources.index(stub) < sources.index("def double(x):\n    return 2 * x")
    assert sources.index("def double(x):\n    return 2 * x") < sources.index(
        'check("tiny.double", double)'
    )


def test_lost_metadata_is_found_again_by_id_or_text():
    nb = made()
    cell(nb, "c4").source = "double = abs"
    for c in nb.cells:
        c.metadata = {}
    result = rebuild(nb)
    assert named(result.nb)["double"].source == "double = abs" and not result.incidents
    for i, c in enumerate(nb.cells):
        c.id = f"new{i}"
    cell(nb, "new3").metadata = {"nbgrader": {"grade_id": "double"}}
    result = rebuild(nb)
    assert named(result.nb)["double"].source == "double = abs"
    assert len(result.nb.cells) == 11  # the two other stubs are the student's own now
    assert not any(i.cheat for i in result.incidents)


def test_copied_checks_are_dropped():
    nb = made()
    copied = copy.deepcopy(cell(nb, "c5"))
    copied.id, copied.source = "x2", "double = 1"
    nb.cells.insert(0, copied)
    result = rebuild(nb)
    assert [c.source for c in result.nb.cells] == [c.source for c in made().cells]
    assert kinds(result)["duplicate-cell"] is False


def test_a_split_answer_keeps_both_halves():
    nb = made()
    first, second = cell(nb, "c4"), copy.deepcopy(cell(nb, "c4"))
    first.source, second.source, second.id = "two = 2", "def double(x): return two * x", "x3"
    nb.cells.insert(4, second)
    result = rebuild(nb)
    assert named(result.nb)["double"].source == "two = 2"
    assert own(result.nb) == ["def double(x): return two * x"]
    assert kinds(result) == {"duplicate-cell": False}


def test_of_two_copies_the_filled_in_one_counts():
    nb = made()
    for id, source in (("c8", "Linearity."), ("c6", "%%derivation tiny.steps\nda[t] = 1")):
        copied = copy.deepcopy(cell(nb, id))
        copied.id, copied.source = f"copy-{id}", source
        nb.cells.append(copied)
    result = rebuild(nb)
    assert named(result.nb)["why"].source == "Linearity."
    assert named(result.nb)["steps"].source.endswith("da[t] = 1")
    assert result.blank == {"double"} and not own(result.nb)


def test_unknown_names_become_own_cells():
    nb = made()
    nb.cells.append(extra("x = 1", metadata={"nbgrader": {"grade_id": "bonus", "points": 99}}))
    result = rebuild(nb)
    assert own(result.nb) == ["x = 1"] and kinds(result) == {"unknown-cell": False}


def test_a_changed_setup_runs_after_the_instructors():
    nb = made()
    cell(nb, "c2").source = "from rnncourse.checks import check\nimport os"
    cell(nb, "c3").source = "import math, sys"
    cell(nb, "c1").source = ""
    result = rebuild(nb)
    assert own(result.nb) == ["from rnncourse.checks import check\nimport os", "import math, sys"]
    assert [c.source for c in result.nb.cells][:3] == [
        "# Title", "from rnncourse.checks import check", own(result.nb)[0],
    ]  # fmt: skip
    assert kinds(result) == {"edited-locked": False}


def test_moved_cells_go_back_and_own_cells_stay_near():
    nb = made()
    moved = nb.cells.pop(3)
    moved.source = "double = abs"
    nb.cells.append(moved)
    nb.cells.append(extra("after = 1"))
    result = rebuild(nb)
    assert [c.id for c in result.nb.cells] == [*[c.id for c in made().cells], "own-1"]
    assert kinds(result) == {"moved-cells": False}


def test_pasted_pictures_are_kept_and_other_attachments_are_not():
    nb = made()
    picture = base64.b64encode(b"\x89PNG....").decode()
    cell(nb, "c8").source = "See ![](p.png)"
    cell(nb, "c8").attachments = {
        "p.png": {"image/png": picture},
        "x.svg": {"image/svg+xml": "<svg onload=alert(1)>"},
        "q.png": {"image/png": '"><script>alert(1)</script>'},
        "r.png": 7,
    }
    cell(nb, "c1").attachments = {"p.png": {"image/png": picture}}
    result = rebuild(nb)
    assert named(result.nb)["why"].attachments == {"p.png": {"image/png": picture}}
    assert "attachments" not in result.nb.cells[0]
    assert kinds(result) == {"dropped-picture": False}


def test_notes_are_bounded_and_quote_little():
    nb = made()
    for i in range(300):
        name = f"{i}\x1b[31m\u202e" + "z" * 500
        nb.cells.append(extra("", metadata={"nbgrader": {"grade_id": name}}))
    result = rebuild(nb)
    assert len(result.incidents) == 51 and "250 further" in result.incidents[-1].message
    for incident in result.incidents:
        assert len(incident.message) < 250
        assert "\x1b" not in incident.message and "\u202e" not in incident.message


NAMES = [c.metadata.nbgrader.grade_id for c in made().cells if "nbgrader" in c.metadata]
wild_flags = st.dictionaries(
    st.sampled_from(["grade_id", "grade", "solution", "locked", "task", "points", "checksum"]),
    st.sampled_from([*NAMES, "other", True, False, None, 0, -1, 1e9, "3", [], {}]),
)
edits = st.one_of(
    st.tuples(st.just("delete"), st.integers(0, 20)),
    st.tuples(st.just("copy"), st.integers(0, 20), st.integers(0, 20)),
    st.tuples(st.just("move"), st.integers(0, 20), st.integers(0, 20)),
    st.tuples(st.just("source"), st.integers(0, 20), st.text(max_size=20)),
    st.tuples(st.just("flags"), st.integers(0, 20), wild_flags),
    st.tuples(st.just("metadata"), st.integers(0, 20), st.sampled_from([{}, {"tags": ["x"]}])),
    st.tuples(st.just("id"), st.integers(0, 20), st.sampled_from(["c1", "c4", "c5", "own-1", ""])),
    st.tuples(st.just("kind"), st.integers(0, 20), st.sampled_from(["code", "markdown", "raw"])),
)


def apply(nb: Any, edit: Any) -> None:
    what, at, *rest = edit
    if not nb.cells:
        return
    at %= len(nb.cells)
    if what == "delete":
        del nb.cells[at]
    elif what == "copy":
        nb.cells.insert(rest[0] % (len(nb.cells) + 1), copy.deepcopy(nb.cells[at]))
    elif what == "move":
        moved = nb.cells.pop(at)
        nb.cells.insert(rest[0] % (len(nb.cells) + 1), moved)
    elif what == "flags":
        nb.cells[at].metadata.setdefault("nbgrader", {}).update(rest[0])
    elif what == "kind":
        nb.cells[at].cell_type = rest[0]
    else:
        nb.cells[at][what] = rest[0]


@settings(derandomize=True, deadline=None, max_examples=400)
@given(st.lists(edits, max_size=8))
def test_no_edit_changes_points_flags_or_locked_sources(changes):
    nb = made()
    for change in changes:
        apply(nb, change)
    result = rebuild(nb)
    ours = [c for c in result.nb.cells if not c.id.startswith("own-")]
    assert [c.id for c in ours] == [c.id for c in made().cells]
    for before, after in zip(made().cells, ours, strict=True):
        assert after.metadata == before.metadata and after.cell_type == before.cell_type
        if not before.metadata.get("nbgrader", {}).get("solution"):
            assert after.source == before.source
    assert len({c.id for c in result.nb.cells}) == len(result.nb.cells)
    assert all(c.metadata == {} for c in result.nb.cells if c.id.startswith("own-"))
    assert result.nb.metadata == made().metadata


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.lists(edits, max_size=8))
def test_a_second_rebuild_changes_nothing(changes):
    nb = made()
    for change in changes:
        apply(nb, change)
    once = rebuild(nb)
    twice = rebuild(once.nb)
    assert [c.source for c in twice.nb.cells] == [c.source for c in once.nb.cells]
    assert not any(i.cheat for i in twice.incidents)
