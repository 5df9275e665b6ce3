"""Plots with a description, and the two forms of an interactive figure."""

import json
import re
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import pytest

from rnncourse.figures import figure, show
from rnncourse.figures.bundle import bundle, names
from rnncourse.figures.interactive import StaticFigure
from rnncourse.figures.picture import picture

ALT = "Two lines that cross at 1.5, one from 1 to 2 & one from 2 to 1."


@pytest.fixture
def plot():
    drawn, ax = plt.subplots()
    ax.plot([1, 2], label="up")
    ax.plot([2, 1], "k")
    ax.legend()
    yield drawn
    plt.close(drawn)


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_picture_carries_its_description(plot):
    tags = Elements(picture(plot, ALT)).found
    assert tags[0][0] == "figure"
    svg = dict(tags)["svg"]
    assert svg["role"] == "img"
    assert svg["aria-label"] == ALT


@pytest.mark.parametrize(("inches", "moves"), [(6, False), (12, True)])
def test_a_picture_too_wide_for_a_phone_is_moved_not_shrunk(plot, inches, moves):
    plot.set_size_inches(inches, 3)
    tags = Elements(picture(plot, ALT)).found
    style = dict(part.split(":") for part in dict(tags)["svg"]["style"].split(";"))
    least, whole = (float(style[k].removesuffix("pt")) for k in ("min-width", "max-width"))
    assert least == pytest.approx(0.55 * whole, abs=0.5)
    assert (dict(tags)["figure"].get("tabindex") == "0") is moves


def test_picture_follows_the_page(plot):
    text = picture(plot, ALT)
    assert "currentColor" in text
    assert "var(--plot-0, #1f77b4)" in text
    assert not re.search(r"(?<!, )#(000000|ffffff|1f77b4)", text)
    assert "http://www.w3.org" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", text)


def test_same_figure_gives_the_same_text_and_other_ids_than_its_neighbour(plot):
    first = picture(plot, ALT)
    assert picture(plot, ALT) == first
    second = picture(plot, ALT + " Again.")
    ids = [set(re.findall(r'\bid="([^"]+)"', text)) for text in (first, second)]
    assert ids[0] and not ids[0] & ids[1]
    for text, known in zip((first, second), ids, strict=True):
        used = set(re.findall(r'href="#([^"]+)"', text)) | set(re.findall(r"url\(#([^)]+)\)", text))
        assert used <= known


@pytest.mark.parametrize("alt", ["", "  short  ", "../_images/3f2a9c51d0e8b7a6f4e2.png"])
def test_what_describes_nothing_is_refused(plot, alt):
    with pytest.raises(ValueError, match="alt should say what the picture shows"):
        picture(plot, alt)
    with pytest.raises(ValueError, match="alt should say"):
        figure("gradient_by_lag", alt=alt)


def test_show_displays_once_and_closes(plot, capsys):
    show(plot, ALT)
    assert ALT in capsys.readouterr().out  # outside Jupyter: the plain text
    assert not plt.fignum_exists(plot.number)


def test_figure_on_the_site_holds_its_state_and_a_still_picture(monkeypatch):
    monkeypatch.setenv("RNNCOURSE_SITE", "1")
    plt.close("all")
    shown = figure("gradient_by_lag", alt=ALT, w=0.5)
    assert isinstance(shown, StaticFigure)
    data = shown._repr_mimebundle_()
    box = Elements(data["text/html"]).found[0][1]
    assert box["data-figure"] == "gradient_by_lag"
    assert json.loads(box["data-state"]) == {"w": 0.5, "T": 20, "inputs": "steady"}
    assert ("svg", ALT) in [
        (tag, a.get("aria-label")) for tag, a in Elements(data["text/html"]).found
    ]
    assert plt.get_fignums() == []


def test_figure_in_jupyter_is_a_widget_with_the_same_module(monkeypatch):
    monkeypatch.delenv("RNNCOURSE_SITE", raising=False)
    anywidget = pytest.importorskip("anywidget")
    shown = figure("gradient_by_lag", alt=ALT, T=7)
    assert isinstance(shown, anywidget.AnyWidget)
    assert (shown.w, shown.T, shown.inputs, shown.alt) == (0.9, 7, "steady", ALT)
    assert str(shown._esm) == bundle("gradient_by_lag")


def test_unknown_names_are_named():
    with pytest.raises(ValueError, match=r"one of .*gradient_by_lag.*; got 'gradient'"):
        figure("gradient", alt=ALT)
    with pytest.raises(ValueError, match="has the controls w, T, inputs; got weight"):
        figure("gradient_by_lag", alt=ALT, weight=1)


@pytest.mark.parametrize("name", names())
def test_every_figure_has_its_twin(name, monkeypatch):
    monkeypatch.setenv("RNNCOURSE_SITE", "1")
    assert "<svg" in figure(name, alt=ALT)._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("name", names())
def test_every_module_keeps_its_keys_from_jupyterlab(name):
    """On the focused control itself: an attribute further up does not stop JupyterLab."""
    assert "control.dataset.lmSuppressShortcuts = 'true'" in bundle(name)
