"""A figure's module as one text, with what it imports from `kit.js` in it.

Both hosts of a figure take a single module: anywidget by its text, the site from a script. In the
sources the figures share `kit.js` by an ordinary import, which Node follows in the tests.
"""

import re
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
IMPORT = re.compile(r"^import (\{[^}]*\}) from '\./kit\.js';\n", re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:function|const|class) (\w+))", re.MULTILINE)


def names() -> list[str]:
    """List the figures there are: the modules that have a Python twin."""
    return sorted(m.stem for m in HERE.glob("*.js") if m.with_suffix(".py").exists())


def there(name: str) -> bool:
    """Whether there is a figure of that name.

    It lists nothing: a folder that a chapter lists is a part of what its outputs depend on, and a
    new figure should change no other's chapter.
    """
    return all((HERE / f"{name}.{kind}").is_file() for kind in ("js", "py"))


def bundle(name: str) -> str:
    """Give the module of the figure `name` as one text that imports nothing.

    Raises:
        ValueError: there is no such figure, or it imports something else than the kit.
    """
    if not there(name):
        raise ValueError(f"name should be one of {', '.join(names())}; got {name!r}")
    text = (HERE / f"{name}.js").read_text("utf8")
    text = IMPORT.sub(lambda found: f"const {_renamed(found[1])} = {_kit()};\n", text)
    if re.search(r"^import\b", text, re.MULTILINE):
        raise ValueError(f"{name}.js should import from './kit.js' alone, in one statement")
    return text


def _renamed(imported: str) -> str:
    """`{ a, b as c }` of an import as the `{ a, b: c }` of an assignment."""
    return re.sub(r"\s+as\s+", ": ", imported)


@cache
def _kit() -> str:
    """The kit as an expression: its names stay its own, but for what it exports."""
    text = (HERE / "kit.js").read_text("utf8")
    offered = EXPORT.findall(text)
    return f"(() => {{\n{EXPORT.sub('', text)}\nreturn {{ {', '.join(offered)} }};\n}})()"
