"""Interactive figures: one ES module each, live in Jupyter and on a page without a kernel.

A module `<name>.js` exports what anywidget asks for, `default {render}`. In Jupyter anywidget
hosts it. On the site the page's script hosts it, and the kernel is long gone. The Python module
of the same name computes the same values (a test compares them) and draws the picture that a
reader without scripts, or a printed page, gets.
"""

import html
import importlib
import json
import os
from functools import cache
from typing import Any

from .bundle import bundle, names, there
from .picture import picture, require_alt


class StaticFigure:
    """A figure for a page that has no kernel: its state, and a picture until the script runs."""

    def __init__(self, name: str, alt: str, state: dict[str, Any]) -> None:
        self.name, self.alt, self.state = name, alt, state

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        import matplotlib.pyplot as plt

        drawn = importlib.import_module(f"rnncourse.figures.{self.name}").draw(**self.state)
        still = picture(drawn, self.alt)
        plt.close(drawn)
        state = html.escape(json.dumps(self.state), quote=True)
        page = (
            f'<div class="rnn-figure" data-figure="{self.name}" data-state="{state}">{still}</div>'
        )
        return {"text/html": page, "text/plain": f"[figure: {self.alt}]"}


@cache
def _widget_class(name: str, keys: tuple[str, ...]) -> Any:
    import anywidget
    import traitlets

    traits = {key: traitlets.Any().tag(sync=True) for key in keys}
    return type("CourseFigure", (anywidget.AnyWidget,), {"_esm": bundle(name), **traits})


def figure(name: str, *, alt: str, **state: Any) -> Any:
    """Show one of the course's interactive figures.

    Args:
        name: The figure, such as "gradient_by_lag".
        alt: What it shows at first, with its numbers, as computed. The figure itself says what it
            shows after each move.
        **state: Where its controls stand at first; what is left out takes the figure's own value.

    Returns:
        An object that Jupyter shows: the live widget, or its form for the site.

    Raises:
        ValueError: there is no such figure, or no such control, or `alt` is not a description.
    """
    if not there(name):
        raise ValueError(f"name should be one of {', '.join(names())}; got {name!r}")
    defaults: dict[str, Any] = importlib.import_module(f"rnncourse.figures.{name}").STATE
    unknown = sorted(state.keys() - defaults.keys())
    if unknown:
        raise ValueError(f"{name} has the controls {', '.join(defaults)}; got {', '.join(unknown)}")
    state = defaults | state | {"alt": require_alt(alt)}
    if os.environ.get("RNNCOURSE_SITE"):
        del state["alt"]
        return StaticFigure(name, require_alt(alt), state)
    return _widget_class(name, tuple(sorted(state)))(**state)
