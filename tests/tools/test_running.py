"""The box below a chapter's title: an honest duration, and no other host unless it is wanted."""

import re

import pytest
from bs4 import BeautifulSoup

from tools.site import check
from tools.site.notebooks import requirement
from tools.sphinx_ext import running

REPOSITORY = "https://github.com/some-school/rnn"


@pytest.mark.parametrize(
    ("seconds", "text"), [(23.4, "23 s"), (9.96, "10 s"), (7.26, "7.3 s"), (0.042, "0.042 s")]
)
def test_duration_has_two_digits(seconds, text):
    assert running.took(seconds) == text


def test_box_says_how_to_run_the_page():
    text = running.box(7.26, "../_sources/recurrence/bptt.ipynb", [], [])
    page = BeautifulSoup(text, "html.parser")
    said = "The code of this page ran in 7.3 s on one core when the site was built."
    assert said in page.summary.get_text()
    assert page.pre.get_text() == (
        'pip install "rnncourse[notebook,torch]"\njupyter lab bptt.ipynb\n'
    )
    assert page.a["href"] == "../_sources/recurrence/bptt.ipynb"
    assert "download" in page.a.attrs


def test_a_page_that_loads_packaged_data_says_so():
    assert 'pip install "rnncourse[notebook,torch,data]"' in running.box(
        1.0, "x.ipynb", [], ["statsmodels"]
    )


def test_a_duration_that_nobody_measured_is_not_said():
    assert "one core" not in running.box(None, "x.ipynb", [], [])


def test_without_a_repository_no_other_host_is_named():
    links = running.launchers("", "notebooks", "recurrence/bptt")
    assert links == []
    assert not re.search(
        r"https?:|Binder|Colab", running.box(1.0, "../_sources/x.ipynb", links, [])
    )


def test_with_a_repository_there_are_links_and_nothing_is_loaded():
    links = running.launchers(REPOSITORY + "/", "notebooks", "recurrence/bptt")
    assert links == [
        (
            "Binder",
            "https://mybinder.org/v2/gh/some-school/rnn/notebooks"
            "?urlpath=lab%2Ftree%2Frecurrence%2Fbptt.ipynb",
        ),
        (
            "Colab",
            "https://colab.research.google.com/github/some-school/rnn/blob/notebooks/"
            "recurrence/bptt.ipynb",
        ),
    ]
    page = BeautifulSoup(running.box(1.0, "../_sources/x.ipynb", links, []), "html.parser")
    assert [a["href"] for a in page.select("a.run-elsewhere")] == [url for _, url in links]
    assert list(check.foreign_resources(page)) == []
    assert page.find_all(["script", "img", "iframe"]) == []


def test_a_branch_with_a_slash_stays_one_part():
    (_, binder), _ = running.launchers(REPOSITORY, "site/notebooks", "x")
    assert "/rnn/site%2Fnotebooks?" in binder


@pytest.mark.parametrize(
    "address", ["some-school/rnn", "https://example.org/a/b", REPOSITORY + "/x"]
)
def test_another_address_is_refused(address):
    with pytest.raises(ValueError, match="course_repository should be like"):
        running.launchers(address, "notebooks", "x")


def test_notebooks_install_from_the_repository():
    assert requirement(REPOSITORY).endswith(f" @ git+{REPOSITORY}")
    assert "@" not in requirement("")
