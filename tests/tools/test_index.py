"""The index finds its entries by itself: in titles, words that are set off, and links to terms."""

from docutils import nodes
from sphinx import addnodes

from tools.site.paths import BOOK
from tools.sphinx_ext import index

TEXT = """# Glossary

::::{glossary}
forget gate
  Keeps or erases: {ref}`lstm`.

truncated back-propagation through time
TBPTT
  Over windows.

  A second paragraph.

lag
  A distance.
::::

after
  not a word
"""


def test_words_that_share_a_definition_stay_together():
    assert index.glossary_terms(TEXT) == [
        ["forget gate"],
        ["truncated back-propagation through time", "TBPTT"],
        ["lag"],
    ]


def test_a_title_holds_whole_words_in_both_numbers():
    assert index.holds("Forget gates, one by one", "forget gate")
    assert index.holds("What TBPTT cannot learn", "TBPTT")
    assert not index.holds("Flags and lagoons", "lag")


def section(title, *inside):
    made = nodes.section(ids=["here"])
    made += nodes.title(text=title)
    made += nodes.paragraph("", "", *inside)
    return made


def test_a_section_is_about_what_it_names_sets_off_or_links():
    groups = index.glossary_terms(TEXT)
    both = ["truncated back-propagation through time", "TBPTT"]
    assert index.words(section("On a lag"), groups) == ["lag"]
    assert index.words(section("None", nodes.Text("a lag")), groups) == []  # only in passing
    assert index.words(section("None", nodes.strong(text="Forget gate.")), groups) == [
        "forget gate"
    ]
    assert index.words(section("None", nodes.emphasis(text="lags")), groups) == ["lag"]
    link = addnodes.pending_xref("", nodes.inline(text="cut"), reftype="term", reftarget="tbptt")
    assert index.words(section("None", link), groups) == both
    title = addnodes.pending_xref("", nodes.emphasis(text="lag"), reftype="doc", reftarget="x")
    assert index.words(section("None", title), groups) == []
    other = addnodes.pending_xref("", nodes.inline(text="lag"), reftype="ref", reftarget="x")
    assert index.words(section("None", other), groups) == []


def test_a_section_does_not_count_for_the_one_around_it():
    outer = section("Outer")
    outer += section("Inner", nodes.strong(text="lag"))
    assert index.words(outer, index.glossary_terms(TEXT)) == []


def test_the_glossary_is_sorted_and_says_each_word_once():
    groups = index.glossary_terms((BOOK / "appendix" / "glossary.md").read_text("utf8"))
    firsts = [group[0].lower() for group in groups]
    assert firsts == sorted(firsts)
    words = [term.lower() for group in groups for term in group]
    assert len(words) == len(set(words)) >= 85
    assert {"forget gate", "gradient clipping", "tbptt", "dilation"} <= set(words)
