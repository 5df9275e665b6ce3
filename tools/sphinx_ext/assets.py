"""What the pages load: vendored parts, and each figure's module as a script.

A browser does not import a module from a `file://` page. The module's own text therefore travels
in a classic script, from which `web/figures.js` makes a module: one source, no second version.
"""

import json
import os
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from rnncourse.figures.bundle import bundle, names
from tools.site.execute import environment, execute, kept
from tools.site.freshness import KEY, digest, library_key
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
    """Set, and execute, what a plain `jupyter-book build` would not know of."""
    if KEY not in os.environ:  # otherwise whoever started this build has executed the chapters
        execute()
    os.environ.update(environment())
    parts = sorted(Path(__file__).parent.glob("*.py"))
    config.extension_key = digest(*(part.read_bytes() for part in parts))  # type: ignore[attr-defined]
    STATIC.mkdir(parents=True, exist_ok=True)
    write_figures()
    config.html_static_path = [*config.html_static_path, str(STATIC)]


def outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> set[str]:
    """Name the pages whose text is the same, but not what they show.

    They are chapters that were executed again, and the reference when the library has changed.
    """
    before = getattr(env, "course_shown", {})
    now = {"reference": library_key()}
    for page in env.found_docs:
        source = Path(env.doc2path(page))
        if source.suffix == ".md" and "{code-cell}" in source.read_text("utf8"):
            found = kept(source)
            now[page] = found.key if found else ""
    env.course_shown = now  # type: ignore[attr-defined]
    others = {page for page in env.found_docs if now.get(page) != before.get(page)}
    if now["reference"] != before.get("reference"):
        others |= {page for page in env.found_docs if page.startswith("reference/")}
    return others


def setup(app: Sphinx) -> None:
    """Register: pages are read anew when this extension, their outputs or the library change."""
    app.add_config_value("extension_key", "", "env", str)
    app.connect("config-inited", prepare, priority=100)
    app.connect("env-get-outdated", outdated)
