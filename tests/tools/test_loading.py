"""No script of a page's head stops its text."""

from bs4 import BeautifulSoup

from tools.site import check
from tools.sphinx_ext import loading

PAGE = """<html><head>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<script>let toggleHintShow = 'Click to show';</script>
<script src="_static/documentation_options.js?v=9"></script>
<script>DOCUMENTATION_OPTIONS.pagename = 'x';</script>
<script src="_static/searchtools.js"></script>
<script src="../searchindex.js" defer="defer"></script>
<script defer src="_static/site.js"></script>
<script async src="_static/b.js"></script>
</head><body><script>document.title</script><script src="late.js"></script></body></html>"""


def scripts(html):
    return BeautifulSoup(html, "html.parser").head.find_all("script")


def test_scripts_of_the_head_are_deferred_in_their_order():
    html = loading.mended(PAGE, searches=True)
    found = scripts(html)
    names = [s.get("src", "").split("/")[-1].split("?")[0] for s in found]
    assert names == [
        "", "documentation_options.js", "", "searchtools.js", "searchindex.js", "site.js", "b.js",
    ]  # fmt: skip
    assert all({"defer", "async"} & set(s.attrs) for s in found if s.get("src"))
    assert found[0].attrs == {}  # a setting: those that read it come later
    assert found[2].get("type") == "module"  # speaks to a deferred script: deferred too
    assert html.split("</head>")[1] == PAGE.split("</head>")[1]


def test_only_the_page_that_searches_takes_the_index():
    assert "search" not in loading.mended(PAGE, searches=False)
    assert loading.mended(PAGE, searches=True).count("search") == PAGE.count("search")


def test_mending_twice_changes_nothing():
    once = loading.mended(PAGE, searches=False)
    assert loading.mended(once, searches=False) == once


def test_the_check_finds_a_script_that_stops():
    page = BeautifulSoup(PAGE, "html.parser")
    stopping = list(check.stopping_scripts(page))
    assert [s.split("/")[1].split("?")[0].split(":")[0] for s in stopping] == [
        "documentation_options.js",
        "searchtools.js",
    ]  # a script at the end of the page stops nothing
    mended = BeautifulSoup(loading.mended(PAGE, searches=False).split("<body>")[0], "html.parser")
    assert list(check.stopping_scripts(mended)) == []
