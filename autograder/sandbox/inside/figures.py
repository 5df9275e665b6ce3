"""Figures: always kept as PNG, and quick to draw in every session."""

import functools
import io
from collections.abc import Callable
from typing import Any

POWERS = range(-16, 9)  # of ten, that an axis is labelled with most often


def always_png() -> None:
    """Have figures drawn as PNG, too, where a notebook chose a format that is not kept."""
    from IPython.core import pylabtools
    from matplotlib_inline import backend_inline

    select = pylabtools.select_figure_formats

    def select_with_png(shell: Any, formats: Any, **options: Any) -> None:
        chosen = {formats} if isinstance(formats, str) else set(formats)
        if not chosen & {"png", "png2x", "retina"}:
            chosen.add("png")
        select(shell, chosen, **options)  # type: ignore[no-untyped-call]

    for module in (pylabtools, backend_inline):
        module.select_figure_formats = select_with_png  # type: ignore[attr-defined]


def draw_once() -> None:
    """Draw a figure, so that fonts, scales and formats are loaded once and not in every session."""
    import matplotlib.pyplot as plt

    _remember_formulae()
    figure, axes = plt.subplots()
    axes.semilogy([1, 2], [1, 10], label="$a^2$")
    axes.set(xlabel="x", title="y")
    axes.set_yticks([10.0**power for power in POWERS])
    axes.legend()
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
    plt.close(figure)


def _remember_formulae() -> None:
    """Have a formula typeset once for all figures: matplotlib does it anew for each.

    Labels of logarithmic axes are formulae, and most of what such a figure costs. What a formula
    looks like follows from its text, font and resolution alone.
    """
    from matplotlib import font_manager
    from matplotlib.mathtext import MathTextParser

    parser: Any = MathTextParser
    if not (hasattr(parser, "_parse_cached") and hasattr(parser._parse_cached, "__wrapped__")):
        return  # another matplotlib, in which a figure costs what it costs
    typeset = parser._parse_cached.__wrapped__

    @functools.lru_cache(1000)
    def remembered(output_type: str, *key: Any) -> Any:
        parse = typeset(MathTextParser("agg" if output_type == "raster" else "path"), *key)
        # a font reads its file when a glyph is drawn, and no session has the server's open files
        return _with_fonts(parse, lambda font: font.fname)

    def parse_cached(self: Any, *key: Any) -> Any:
        return _with_fonts(remembered(self._output_type, *key), font_manager.get_font)

    parser._parse_cached = parse_cached


def _with_fonts(parse: Any, font: Callable[[Any], Any]) -> Any:
    """A formula whose glyphs have other fonts; a picture of one has none."""
    if not hasattr(parse, "glyphs"):
        return parse
    return parse._replace(glyphs=[(font(first), *rest) for first, *rest in parse.glyphs])
