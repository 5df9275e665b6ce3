"""All chapters on one page: every name once, every link to where it led before."""

import pytest

from tools.site import whole
from tools.site.toc import Entry, entries

INSIDE = {"recurrence/bptt", "recurrence/networks", "appendix/glossary"}

CHAPTER = """<html><head><link rel="stylesheet" href="../_static/a.css"></head><body>
<article class="bd-article"><section id="title">
<h1>{title}<a class="headerlink" href="#title">#</a></h1>
<details class="run-page"><summary>Run</summary><pre>pip</pre></details>
<p id="p">See <a href="#p">here</a>, <a href="{other}.html#p">there</a>,
<a href="{other}.html">all</a>, <a href="../reference/simple.html#x">the library</a> and
<a href="https://example.org/#p">abroad</a>.</p>
<svg><clipPath id="c"></clipPath><g clip-path="url(#c)"><use xlink:href="#c"/></g></svg>
<pre>print('id="p"', url(#c))</pre>
<div class="quiz" data-kind="one" id="quiz-1">
<p class="quiz-title">Which?</p>
<div class="quiz-question"><p>Q</p></div>
<details class="quiz-answers"><summary>Answers</summary>
<ol class="quiz-feedback"><li>Right.</li></ol>
</details>
</div>
</section></article></body></html>"""


def test_names_and_addresses_carry_their_chapter():
    def renamed(tag):
        return whole.renamed(tag, "recurrence/bptt", INSIDE)

    assert (
        renamed('<a id="x" href="#y">') == '<a id="recurrence-bptt--x" href="#recurrence-bptt--y">'
    )
    assert renamed('<a href="networks.html#y">') == '<a href="#recurrence-networks--y">'
    assert renamed('<a href="networks.html">') == '<a href="#recurrence-networks">'
    assert renamed('<a href="../reference/a.html#y">') == '<a href="reference/a.html#y">'
    assert renamed('<img src="../_images/x.png">') == '<img src="_images/x.png">'
    assert renamed('<a href="https://example.org/#y">') == '<a href="https://example.org/#y">'
    assert renamed('<g style="fill: url(#m)">') == '<g style="fill: url(#recurrence-bptt--m)">'
    assert renamed('<g aria-labelledby="a b">') == (
        '<g aria-labelledby="recurrence-bptt--a recurrence-bptt--b">'
    )
    assert renamed('<div data-id="x">') == '<div data-id="x">'


@pytest.fixture
def built(tmp_path, monkeypatch):
    """A site of two chapters that use the same names."""
    monkeypatch.setattr(whole, "HTML", tmp_path)
    monkeypatch.setattr(whole, "PAGE", tmp_path / "print.html")
    monkeypatch.setattr(whole, "PDF", tmp_path / "book.pdf")
    monkeypatch.setattr(whole, "PDF_KEY", tmp_path / "key")
    pages = [Entry("index", ""), Entry("recurrence/networks", "R"), Entry("recurrence/bptt", "R")]
    monkeypatch.setattr(whole, "entries", lambda: [*pages, Entry("reference/index", "L")])
    (tmp_path / "recurrence").mkdir()
    head = '<head><link rel="stylesheet" href="_static/a.css"><script>window.MathJax = {}</script>'
    (tmp_path / "index.html").write_text(f"<html>{head}</head></html>")
    for name, other in (("bptt", "networks"), ("networks", "bptt")):
        text = CHAPTER.format(title=name, other=other)
        (tmp_path / "recurrence" / f"{name}.html").write_text(text)
    return tmp_path


def test_whole_page(built):
    text = whole.whole().read_text()
    assert text.index("<h1>networks</h1>") < text.index("<h1>bptt</h1>")
    assert '<a href="#recurrence-networks--p">there</a>' in text
    assert '<link rel="stylesheet" href="_static/a.css">' in text
    assert text.count("""<pre>print('id="p"', url(#c))</pre>""") == 2  # text is left alone
    assert "run-page" not in text and "headerlink" not in text
    chapters, answers = text.split('id="answers"')
    assert "Right." not in chapters
    assert answers.count("<li>Right.</li>") == 2
    assert '<a href="#recurrence-bptt--quiz-1">Which?</a>' in answers
    assert whole.problems(text) == []


def test_the_same_page_is_not_written_again(built):
    first = whole.whole().stat().st_mtime_ns
    assert whole.whole().stat().st_mtime_ns == first


def test_a_pdf_is_offered_while_it_is_true(built):
    (built / "book.pdf").write_bytes(b"0" * 2_000_000)
    whole.whole()
    assert not (built / "book.pdf").exists()  # nobody knows what it was made of
    assert "book.pdf" not in whole.PAGE.read_text()
    (built / "book.pdf").write_bytes(b"0" * 2_000_000)
    whole.keep_pdf()
    assert '<a href="book.pdf">book.pdf</a>, 2.0 MB' in whole.PAGE.read_text()
    whole.whole()  # a rebuild that changes nothing
    assert (built / "book.pdf").exists()
    chapter = built / "recurrence" / "bptt.html"
    chapter.write_text(chapter.read_text().replace("Q", "Another question"))
    whole.whole()
    assert not (built / "book.pdf").exists()


def test_a_link_to_nowhere_stops(built):
    chapter = built / "recurrence" / "bptt.html"
    chapter.write_text(chapter.read_text().replace('href="#p"', 'href="#gone"'))
    with pytest.raises(SystemExit, match="a link leads to recurrence-bptt--gone"):
        whole.whole()


def test_a_name_given_twice_stops(built):
    chapter = built / "recurrence" / "bptt.html"
    chapter.write_text(chapter.read_text().replace('<p id="p">', '<b id="p"></b><p id="p">'))
    with pytest.raises(SystemExit, match="two elements are called recurrence-bptt--p"):
        whole.whole()


def test_contents_are_read_with_their_parts():
    found = entries()
    assert found[0] == Entry("index", "")
    assert Entry("recurrence/bptt", "Recurrence") in found
    assert Entry("reference/simple", "The library") in found
