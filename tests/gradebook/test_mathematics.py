"""Formulas of anybody as MathML that a browser sets by itself, and that cannot act."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.mathematics import Formulas, to_mathml

PIECES = st.sampled_from(
    [*r"\{}^_&$<>'\"=+ abx0.,()[]|%#~", r"\frac", r"\sum", r"\text", r"\href", r"\style", r"\class",
     r"\begin{aligned}", r"\end{aligned}", r"\begin{matrix}", r"\end{matrix}", r"\left(",
     r"\right)", r"\hat", r"\color", r"\mathbf", r"\operatorname", r"\\", "javascript:",
     "<script>", "&#60;"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("tex", "part"),
    [
        (r"\hat y^{(t)}", '<mover accent="true">'),
        (r"\prod_{s=1}^{T} W^\top", "<mo>∏</mo>"),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", '<mtd columnalign="right">'),
        (r"\begin{split} a &= b \\ c &= d \end{split}", "<mtr>"),
        (r"\begin{cases} 1 & x > 0 \\ 0 & \text{else} \end{cases}", "<mtext>else</mtext>"),
        (r"a < b", "<mo>&lt;</mo>"),
    ],
)
def test_what_people_write_is_set(tex, part):
    found = to_mathml(tex)
    assert found.startswith('<math display="inline">') and part in found
    assert "&amp;" not in found  # no mark of alignment is left over
    assert to_mathml(tex, display=True).startswith('<math display="block">')


@pytest.mark.parametrize(
    "tex",
    [
        r"\href{javascript:window.hacked=1}{x}",
        r"\style{background:url(//evil)}{x}",
        r"\class{full-credit}{x}",
        r"\text{<img src=x onerror=window.hacked=1>}",
        r"\text{&lt;script&gt;}",
        r"\color{red\" onload=window.hacked=1}x",
        r"\mathbf{<b>}",
    ],
)
def test_what_could_act_is_text_or_gone(tex):
    tree = ElementTree.fromstring(to_mathml(tex))
    for element in tree.iter():
        assert re.fullmatch(r"m[a-z]+|none", element.tag)
        assert not {"href", "style", "class", "onload"} & set(element.attrib)
        assert not any("hacked" in value for value in element.attrib.values())


@pytest.mark.parametrize(
    "tex",
    ["{" * 3000, r"\frac" * 2000, "a" * 5000, r"\newcommand{\a}{\b\b}\a", "x^1^2"],
)
def test_what_cannot_be_read_stands_as_it_was_typed(tex):
    assert to_mathml(tex) == f"<code>{tex}</code>"


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_any_text_gives_well_formed_markup(tex):
    tree = ElementTree.fromstring(to_mathml(tex))
    assert tree.tag in ("math", "code")
    assert all(set(e.attrib) <= {"display"} for e in tree.iter("math"))


def test_formulas_come_back_once_and_never_into_an_attribute():
    kept = Formulas()
    place = kept.keep("x^2") + kept.keep(r"\sum_t", display=True)
    cleaned = (
        f'<p>{place}{place}<img alt="&lt;span class=&quot;formula-0&quot;&gt;&lt;/span&gt;"></p>'
    )
    html = kept.put_back(cleaned + '<span class="formula-7"></span>')
    assert html.count("<math") == 2 and html.count("<msup>") == 1
    assert "formula-7" not in html and html.endswith("</p>")
