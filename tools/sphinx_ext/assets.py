"""What the pages load: vendored parts, and each figure's module as a script.

A browser does not import a module from a `file://` page. The module's own text therefore travels
in a classic script, from which `web/figures.js` makes a module: one source, no second version.
"""

import json
import os

from sphinx.application import Sphinx
from sphinx.config import Config

from rnncourse.figures.bundle import bundle, names
from tools.site.execute import drop_stale_outputs, environment, library_key
from tools.site.paths import STATIC


def write_figures() -> None:
    """Write `figures/<name>.js` for each module of `rnncourse/figures`."""
    target = STATIC / "figures"
    target.mkdir(parents=True, exist_ok=True)
    for name in names():
        text = json.dumps(bundle(name)).replace("</", "<\\/")
        script = f"(window.rnncourseFigures ??= {{}})[{json.dumps(name)}] = {text};\n"
        (target / f"{name}.js").write_text(script, "utf8")


def prepare(app: Sphinx, config: Config) -> None:
    """Set what a plain `jupyter-book build` would not know of."""
    os.environ.update(environment())
    drop_stale_outputs()
    config.library_key = library_key()  # type: ignore[attr-defined]
    STATIC.mkdir(parents=True, exist_ok=True)
    write_figures()
    config.html_static_path = [*config.html_static_path, str(STATIC)]


def setup(app: Sphinx) -> None:
    """Register: pages are read anew when the library changes."""
    app.add_config_value("library_key", "", "env", str)
    app.connect("config-inited", prepare, priority=100)
