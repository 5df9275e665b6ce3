import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.gradebook import submission_file
from autograder.gradebook.submission_file import SubmittedNotebook, UnreadableSubmission


def read(path: Path, content: bytes | str) -> SubmittedNotebook:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return submission_file.read(descriptor)
    finally:
        os.close(descriptor)


def notebook(*cells: Any, **more: Any) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}


def code(source: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], **more}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"{", "no valid JSON"),
        (b'{"cells": [{"source": "abc', "has no end"),
        (b'{"cells": [{"outputs": [1, 2', "ends in the middle"),
        (b"[" * 100_000, "no valid JSON"),
        (b'{"nbformat": ' + b"9" * 5000 + b"}", "no valid JSON"),
        (b"\xff\xfe{\x00}\x00", "UTF-16"),
        (b'{"cells": ["\xe9"]}', "not UTF-8"),
        (b"%PDF-1.4 \xe2\xe3\xcf", "not UTF-8"),
        (b"[]", "not a notebook"),
        (b'"text"', "not a notebook"),
        (b'{"a": 1}', "not a notebook"),
        (b'{"nbformat": 3, "worksheets": []}', "format '3'"),
        (b'{"nbformat": 5, "cells": []}', "format '5'"),
        (b'{"nbformat": true, "cells": []}', "format 'True'"),
        (b'{"nbformat": 4}', "no list of cells"),
        (b'{"nbformat": 4, "cells": {}}', "no list of cells"),
        (b'{"nbformat": 4, "cells": [' + b"0," * 3000 + b"0]}", "3001 cells"),
    ],
)
def test_what_cannot_be_read_is_said_in_plain_words(tmp_path, content, says):
    with pytest.raises(UnreadableSubmission, match=says) as error:
        read(tmp_path / "nb.ipynb", content)
    assert "Traceback" not in str(error.value) and len(str(error.value)) < 300


def test_outputs_are_left_out_however_large(tmp_path, monkeypatch):
    monkeypatch.setattr(submission_file, "MAX_TEXT", 2000)
    outputs = [{"output_type": "stream", "name": "stdout", "text": ['"]}\\' * 1000]}]
    found = read(
        tmp_path / "nb.ipynb",
        json.dumps(notebook(code("x = 1", outputs=outputs), code(["y =", " 2"]))),
    )
    assert [cell.source for cell in found.cells] == ["x = 1", "y = 2"]
    with pytest.raises(UnreadableSubmission, match="without their outputs"):
        read(tmp_path / "nb.ipynb", json.dumps(notebook(code("#" * 3000))))


def test_a_text_that_looks_like_outputs_is_kept(tmp_path):
    source = 'd = {"outputs": [1, "]"]}\n"outputs" : ['
    tree = notebook(code(source, metadata={"outputs": ["x"]}), outputs=["at the top"])
    assert read(tmp_path / "nb.ipynb", json.dumps(tree)).cells[0].source == source


def test_a_file_that_is_too_large_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(submission_file, "MAX_FILE", 1000)
    with pytest.raises(UnreadableSubmission, match="Clear the outputs"):
        read(tmp_path / "nb.ipynb", b" " * 1001)


def test_too_many_parts_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(submission_file, "MAX_MARKS", 100)
    with pytest.raises(UnreadableSubmission, match="too many parts"):
        read(tmp_path / "nb.ipynb", b'{"cells": [{"outputs": ' + b"[" * 200)


def test_oddities_are_read_and_named(tmp_path):
    tree = notebook(code("x"), "no cell", code(7), code("y", cell_type="heading"), nbformat_minor=9)
    found = read(tmp_path / "nb.ipynb", "\ufeff" + json.dumps(tree))
    assert [cell.source for cell in found.cells] == ["x"]
    assert any("4.'9'" in text for text in found.oddities)
    assert any("3 cells could not be read" in text for text in found.oddities)


def test_metadata_of_any_shape_is_survived(tmp_path):
    for spoilt in (None, [], "x", {"nbgrader": 3}, {"nbgrader": {"grade_id": 5}}, {"tags": "x"}):
        found = read(tmp_path / "nb.ipynb", json.dumps(notebook(code("x", metadata=spoilt, id=4))))
        assert found.cells[0].grade_id == "" and found.cells[0].tags == ()


def test_half_a_character_does_not_reach_the_result(tmp_path):
    found = read(tmp_path / "nb.ipynb", json.dumps(notebook(code("x = '\ud800'"))))
    assert found.cells[0].source.encode("utf-8") == b"x = '?'"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(outputs=st.lists(json_values, max_size=4), source=st.text(max_size=30), rest=json_values)
def test_leaving_outputs_out_changes_nothing_else(tmp_path_factory, outputs, source, rest):
    tree = notebook(
        code(source, outputs=outputs, metadata={"tags": ["a"], "more": rest}),
        {"outputs": outputs, "cell_type": "code", "metadata": {}, "source": "after"},
    )
    path = tmp_path_factory.mktemp("nb") / "nb.ipynb"
    text = json.dumps(tree, ensure_ascii=False) if _encodable(tree) else json.dumps(tree)
    found = read(path, text)
    whole = source.encode("utf-8", "replace").decode()
    assert [cell.source for cell in found.cells] == [whole, "after"]
    assert found.cells[0].tags == ("a",) and not found.oddities


def _encodable(tree: Any) -> bool:
    try:
        json.dumps(tree, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


@settings(derandomize=True, deadline=None, max_examples=200)
@given(content=st.binary(max_size=60) | st.text(alphabet='{}[]":,\\o0 \n', max_size=40))
def test_any_bytes_end_in_a_notebook_or_a_plain_word(tmp_path_factory, content):
    try:
        read(tmp_path_factory.mktemp("nb") / "nb.ipynb", content)
    except UnreadableSubmission as error:
        assert str(error)
