"""The self-check question: how it is written, what is refused, what the page gets."""

import pytest

from tools.sphinx_ext.quiz import parse

ONE = """What is $1 + 1$?
A second line.

- ( ) three, or
  more
  > No.
- (x) two
  > Yes.
  > Really."""


def lines(parts):
    return [text for text, _ in parts]


def test_one_choice():
    question = parse(ONE.splitlines())
    assert question.kind == "one"
    assert lines(question.body) == ["What is $1 + 1$?", "A second line.", ""]
    assert [a.right for a in question.answers] == [False, True]
    assert lines(question.answers[0].text) == ["three, or", "more"]
    assert lines(question.answers[1].feedback) == ["Yes.", "Really."]


def test_any_choices():
    question = parse(["Which?", "- [x] a", "  > Yes.", "- [ ] b", "  > No.", "- [X] c", "  > Yes."])
    assert question.kind == "many"
    assert [a.right for a in question.answers] == [True, False, True]


def test_number():
    question = parse(
        [
            "?",
            "= 0.36 +- 0.005",
            "> Right.",
            "= −2",
            "> Sign.",
            "= 1e-3 ± 1e-4",
            "> Small.",
            "= *",
            "> Else.",
        ]
    )
    assert question.kind == "number"
    assert [(a.number, a.tolerance) for a in question.answers] == [
        (0.36, 0.005),
        (-2.0, 0.0),
        (0.001, 0.0001),
        (None, 0.0),
    ]
    assert [a.right for a in question.answers] == [True, False, False, False]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("No answers.", "found none"),
        ("?\n- ( ) a\n  > No.\n- ( ) b\n  > No.", "should be right"),
        ("?\n- (x) a\n  > Yes.\n- (x) b\n  > Yes.", "should be right"),
        ("?\n- (x) a\n  > Yes.\n- [ ] b\n  > No.", "found many and one"),
        ("?\n- (x) a\n  > Yes.\n- ( ) b", "'b' has none"),
        ("?\n= *\n  > Else.", "should be the right number"),
        ("?\n- (x) a\n  > Yes.\nand more", "belongs to no answer"),
    ],
)
def test_what_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        parse(text.splitlines())


def test_page_of_a_question(tmp_path):
    """Sphinx writes the question, its choices and, folded, the answers with their verdicts."""
    from bs4 import BeautifulSoup
    from sphinx.testing.util import SphinxTestApp

    (tmp_path / "index.md").write_text(
        f"# Page\n\n:::{{quiz}} Sum\n{ONE}\n:::\n\n"
        ":::{quiz} By hand\nHow much?\n\n= 2.5 +- 0.1\n> Right.\n:::\n"
    )
    (tmp_path / "conf.py").write_text(
        "extensions = ['myst_parser', 'quiz_alone']\n"
        "myst_enable_extensions = ['colon_fence', 'dollarmath']\n"
    )
    import sys
    import types

    alone = types.ModuleType("quiz_alone")
    from tools.sphinx_ext.quiz import setup

    alone.setup = setup
    sys.modules["quiz_alone"] = alone
    try:
        app = SphinxTestApp(srcdir=tmp_path, buildername="html")
        app.build()
        assert app.warning.getvalue() == ""
        page = BeautifulSoup((tmp_path / "_build/html/index.html").read_text("utf8"), "html.parser")
        app.cleanup()
    finally:
        del sys.modules["quiz_alone"]
    first, second = page.select(".quiz")
    assert first["data-kind"] == "one"
    assert first.select_one(".quiz-title").get_text() == "Sum"
    assert [li.get_text().split() for li in first.select(".quiz-choices li")] == [
        ["three,", "or", "more"],
        ["two"],
    ]
    assert [li["data-right"] for li in first.select(".quiz-feedback li")] == ["false", "true"]
    assert first.select_one("details").get("open") is None
    assert first.select_one(".quiz-question .math") is not None
    answer = second.select_one(".quiz-feedback li")
    assert (answer["data-number"], answer["data-tolerance"]) == ("2.5", "0.1")
    assert not second.select(".quiz-choices")
