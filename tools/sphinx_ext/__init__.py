"""The course's own Sphinx extension: clean pages, figures, self-check questions, docstrings."""

from typing import Any

from sphinx.application import Sphinx

from . import assets, docstrings, index, pages, plan, publishing, quiz, running, watched


def setup(app: Sphinx) -> dict[str, Any]:
    """Register all parts."""
    for part in (assets, docstrings, index, pages, plan, publishing, quiz, running, watched):
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
