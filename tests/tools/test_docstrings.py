"""Docstrings, written as plain text, become what Sphinx shows the same way."""

from rnncourse import lstm
from tools.sphinx_ext.docstrings import fields, marked_up


def shown(text, module="rnncourse.lstm"):
    return list(marked_up(text.splitlines(), module))


def test_equations_are_kept_as_they_stand():
    assert shown("One step:\n\n    p(a | b) = c_ * d\n\nand on") == [
        "One step:",
        "",
        ".. code-block:: none",
        "",
        "    p(a | b) = c_ * d",
        "",
        "and on",
    ]


def test_indented_lines_of_a_section_are_no_equation():
    text = "Draw.\n\nArgs:\n    x: one.\n\n        More of it.\n"
    assert shown(text) == text.splitlines()


def test_what_would_be_markup_means_itself():
    assert shown("a|b|c, 2 * d, e_ and W_hh") == [r"a\|b\|c, 2 \* d, e\_ and W_hh"]


def test_examples_are_kept_as_they_stand():
    text = ">>> a = b * c  # `d`\n'e|f'\n"
    assert shown(text) == text.splitlines()


def test_names_of_the_library_are_links_and_other_code_is_code():
    text = "`step` and `rnncourse.gru`, not ``init`` of `np.random`"
    assert shown(text) == [
        ":py:obj:`step <rnncourse.lstm.step>` and :py:obj:`rnncourse.gru`, "
        "not :py:obj:`init <rnncourse.lstm.init>` of ``np.random``"
    ]


def test_the_label_of_an_equation_is_a_link_to_it():
    assert shown("is `eq-dh` there") == ["is :eq:`eq-dh` there"]


def test_fields_come_with_the_shape_behind_them():
    assert fields(lstm.LSTMState) == ["* ``h``: (B, H)", "* ``c``: (B, H)"]
