"""Figures: always kept as PNG, and quick to draw in every session."""

import io
from typing import Any

from . import remembered

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

    remembered.install()
    figure, axes = plt.subplots()
    axes.semilogy([1, 2], [1, 10], label="$a^2$")
    axes.set(xlabel="x", title="y")
    axes.set_yticks([10.0**power for power in POWERS])
    axes.legend()
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
    plt.close(figure)
