"""The widget under a derivation cell: its lines as mathematics, while they are typed."""

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from rnncourse.notebook.preview import Preview

_HERE = Path(__file__).parent
_MIME = "application/vnd.jupyter.widget-view+json"


class DerivationWidget(anywidget.AnyWidget):
    """Shows a derivation; the browser sends the cell's text as it changes, ``view`` answers."""

    _esm = _HERE / "derivation.js"
    _css = _HERE / "derivation.css"
    exercise = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, exercise: str, text: str = "") -> None:
        """Show ``text`` as an answer to ``exercise``.

        Raises:
            ValueError: where there is no exercise of that name.
        """
        super().__init__(exercise=exercise, text=text, view=Preview.of(exercise, text).plain())

    @traitlets.observe("text")
    def _read(self, change: dict[str, Any]) -> None:
        text = str(change["new"])[:20_000]
        self.view = Preview.of(self.exercise, text).plain()

    def __repr__(self) -> str:
        """For a terminal."""
        return repr(Preview.of(self.exercise, self.text))

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The widget, and a plain rendering for whatever cannot show widgets."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        page = Preview.of(self.exercise, self.text)._repr_html_()
        plain = {"text/plain": repr(self), "text/html": page}
        return {**data, **plain}, metadata
