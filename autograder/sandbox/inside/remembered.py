"""What matplotlib works out many times over for one figure, worked out once.

The pictures are the same to the byte. Where matplotlib is another than these were written for, it
stays as it is, and a figure costs what it costs.
"""

import copy
import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

VERSIONS = ((3, 11),)  # of matplotlib, in which layouts and ticks depend on what is listed here
SETTINGS = (  # that typesetting asks for, or how these begin
    "mathtext.",
    "font.family",
    "font.serif",
    "font.sans-serif",
    "font.cursive",
    "font.fantasy",
    "font.monospace",
    "text.hinting",
    "text.kerning_factor",
)

# while a figure is being saved; with nothing of the student's own run in between, what a layout
# depends on beside its key, such as rcParams, stays as it is
_layouts: ContextVar[dict[Any, Any] | None] = ContextVar("_layouts", default=None)
_ticks: ContextVar[dict[Any, Any] | None] = ContextVar("_ticks", default=None)


def install() -> None:
    """Have matplotlib remember, in this process and those forked from it."""
    import matplotlib

    _remember_formulae()
    if matplotlib.__version_info__[:2] in VERSIONS:
        _remember_while_saving()
        _remember_layouts()
        _remember_ticks()


# ---------------------------------------------------------------------------------------- formulae


def _remember_formulae() -> None:
    """Have a formula typeset once for all figures: matplotlib does it anew for each.

    Labels of logarithmic axes are formulae. What a formula looks like follows from its text, font
    and resolution, and from settings that are asked for while it is typeset.
    """
    from matplotlib import font_manager, rcParams
    from matplotlib.mathtext import MathTextParser

    parser: Any = MathTextParser
    if not (hasattr(parser, "_parse_cached") and hasattr(parser._parse_cached, "__wrapped__")):
        return
    anew = parser._parse_cached
    typeset = anew.__wrapped__
    settings = copy.deepcopy({n: value for n, value in rcParams.items() if n.startswith(SETTINGS)})

    @functools.lru_cache(1000)
    def remembered(output_type: str, *key: Any) -> Any:
        parse = typeset(MathTextParser("agg" if output_type == "raster" else "path"), *key)
        # a font reads its file when a glyph is drawn, and no session has the server's open files
        return _with_fonts(parse, lambda font: font.fname)

    def parse_cached(self: Any, *key: Any) -> Any:
        if any(dict.__getitem__(rcParams, name) != value for name, value in settings.items()):
            return anew(self, *key)
        return _with_fonts(remembered(self._output_type, *key), font_manager.get_font)

    parser._parse_cached = parse_cached


def _with_fonts(parse: Any, font: Callable[[Any], Any]) -> Any:
    """A formula whose glyphs have other fonts; a picture of one has none."""
    if not hasattr(parse, "glyphs"):
        return parse
    return parse._replace(glyphs=[(font(first), *rest) for first, *rest in parse.glyphs])


# ---------------------------------------------------------------------------- while one is saved


def _remember_while_saving() -> None:
    """Begin to remember where a figure begins to be saved, and forget all where that ends."""
    from matplotlib.backend_bases import FigureCanvasBase

    print_figure: Any = FigureCanvasBase.print_figure

    @functools.wraps(print_figure)
    def remembering(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.callbacks.callbacks.get("draw_event"):
            return print_figure(self, *args, **kwargs)  # code of the student's would come between
        before = _layouts.set({}), _ticks.set({})
        try:
            return print_figure(self, *args, **kwargs)
        finally:
            _layouts.reset(before[0])
            _ticks.reset(before[1])

    FigureCanvasBase.print_figure = remembering  # type: ignore[method-assign]


def _remember_layouts() -> None:
    """Lay out a text once: for each of its drawings and of its box's sizes it is done anew."""
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

    lay_out: Any = Text._get_layout  # type: ignore[attr-defined]

    @functools.wraps(lay_out)
    def layout(self: Any, renderer: Any) -> Any:
        known = _layouts.get()
        # what else makes the place of a text change its layout
        if known is None or self._wrap or self._usetex or self._transform_rotates_text:
            return lay_out(self, renderer)
        key = (
            self._text,
            hash(self._fontproperties),  # which is how these are compared
            self._horizontalalignment,
            self._verticalalignment,
            self._multialignment,
            self._rotation,
            self._rotation_mode,
            self._linespacing,
            self._parse_math,
            self.get_figure(root=True).dpi,
            type(renderer),
        )
        if key not in known:
            known[key] = lay_out(self, renderer)
        box, lines, corner = known[key]
        return Bbox(box.get_points().copy()), list(lines), corner

    Text._get_layout = layout  # type: ignore[attr-defined]


def _remember_ticks() -> None:
    """Place an axis' ticks once: each question for its size, too, places them anew."""
    from matplotlib import ticker
    from matplotlib.axis import Axis, XAxis, YAxis

    plain = {getattr(ticker, name) for name in ticker.__all__} - {ticker.FuncFormatter}
    update: Any = Axis._update_ticks  # type: ignore[attr-defined]

    @functools.wraps(update)
    def updated(self: Any) -> Any:
        known = _ticks.get()
        if known is None or type(self) not in (XAxis, YAxis) or self.axes.name != "rectilinear":
            return update(self)
        helpers = [
            getattr(t, n) for t in (self.major, self.minor) for n in ("locator", "formatter")
        ]
        if not all(helper.axis is self and type(helper) in plain for helper in helpers):
            return update(self)  # what one noted last may be of another axis, or is the student's
        box = self.axes.bbox
        key = (
            tuple(self.get_view_interval()),
            tuple(self.get_data_interval()),
            (box.width, box.height),
            self.get_figure(root=True).dpi,
            self._scale,
            *helpers,
        )
        if known.get(self, ((), ()))[0] != key:
            known[self] = key, update(self)
        return list(known[self][1])

    Axis._update_ticks = updated  # type: ignore[attr-defined]
