"""A matplotlib figure as SVG that has a description and follows the page's colours."""

import hashlib
import html
import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: matplotlib's ten default colours; the page gives lighter ones under its dark theme
CYCLE = (
    "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd",
    "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf",
)  # fmt: skip
#: a picture is never drawn smaller than this share of its size, so that its words can be read
LEAST_SCALE = 0.55
#: points across the text of a page on a phone
PHONE = 255
_FOLLOWS_PAGE = {
    "#000000": "currentColor",
    "#ffffff": "var(--plot-surface, var(--jp-layout-color0, #fff))",
} | {colour: f"var(--plot-{i}, {colour})" for i, colour in enumerate(CYCLE)}


def require_alt(alt: str) -> str:
    """Give `alt` back if it can serve as a description.

    Raises:
        ValueError: it is too short to say what a picture shows, or is a file name.
    """
    alt = " ".join(alt.split())
    if len(alt) < 25 or re.fullmatch(r"\S+\.(png|svg|jpe?g|gif)", alt):
        raise ValueError(
            f"alt should say what the picture shows, in a sentence with its numbers; got {alt!r}"
        )
    return alt


def picture(figure: "Figure", alt: str) -> str:
    """Give a matplotlib figure as inline SVG.

    Black and white become the page's text and background colours, and the default colours
    become CSS variables, so that the plot can be read on a dark page too. Text is drawn as paths:
    it looks the same everywhere.

    Args:
        figure: The figure; it is not changed.
        alt: What the picture shows, with its numbers, as computed.

    Returns:
        An HTML `<figure>`; the same figure always gives the same text.

    Raises:
        ValueError: `alt` is not a description.
    """
    import matplotlib

    alt = require_alt(alt)
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "path", "svg.hashsalt": "rnncourse"}):
        figure.savefig(
            buffer, format="svg", bbox_inches="tight", transparent=True, metadata={"Date": None}
        )
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"#[0-9a-f]{6}\b", lambda m: _FOLLOWS_PAGE.get(m[0], m[0]), svg)
    # several pictures share a page, and so the names of its elements
    mark = "p" + hashlib.sha256((svg + alt).encode()).hexdigest()[:8]
    svg = re.sub(r'\bid="', f'id="{mark}-', svg)
    svg = re.sub(r'href="#', f'href="#{mark}-', svg)
    svg = svg.replace("url(#", f"url(#{mark}-")
    width = re.search(r'width="([\d.]+)pt"', svg)
    size, reach = "max-width:100%", ""
    if width:
        least = LEAST_SCALE * float(width[1])
        size = f"width:100%;min-width:{least:.0f}pt;max-width:{width[1]}pt;height:auto"
        # what a phone cannot show at once is moved sideways, by keys too
        reach = ' tabindex="0"' if least > PHONE else ""
    label = html.escape(alt, quote=True)
    head = f'<svg role="img" aria-label="{label}" fill="currentColor" style="{size}" viewBox='
    svg = re.sub(r"<svg[^>]*?viewBox=", lambda _: head, svg, count=1)
    return f'<figure class="rnn-picture"{reach}>{svg.strip()}</figure>'


def show(figure: "Figure", alt: str) -> None:
    """Show a matplotlib figure in a notebook or on the page, with its description.

    Args:
        figure: The figure. It is closed, so that Jupyter does not show it a second time.
        alt: What the picture shows, with its numbers, as computed: it is read to those who
            cannot see the picture.

    Raises:
        ValueError: `alt` is not a description.
    """
    import matplotlib.pyplot as plt
    from IPython.display import display

    bundle = {"text/html": picture(figure, alt), "text/plain": f"[picture: {require_alt(alt)}]"}
    plt.close(figure)
    display(bundle, raw=True)  # type: ignore[no-untyped-call]
