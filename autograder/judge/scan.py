"""Read a cell for what it means to do to the checks, the comparison or the library.

A reading proves nothing and decides nothing: the judge does not depend on anything that a cell
could change. It tells an instructor what was tried.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping

Note = tuple[str, str, bool]  # kind, text, whether it is an attempt to gain marks

CHECKS = ("rnncourse", "nbgrader")
COMPARISON = ("numpy", "np", "torch", "math", "builtins", "unittest", "IPython")
MAX_SOURCE = 200_000  # characters of a cell; a tree takes some hundred bytes for each
FRAMES = {
    "sys._getframe", "inspect.currentframe", "inspect.stack", "inspect.getouterframes",
    "sys._current_frames", "gc.get_objects", "gc.get_referrers",
}  # fmt: skip
LYING = {
    "__eq__",
    "__ne__",
    "__le__",
    "__lt__",
    "__ge__",
    "__gt__",
    "__array_ufunc__",
    "__array_function__",
}


def scan_cell(
    source: str, forbidden: Collection[str], graded: Collection[str], aliases: dict[str, str]
) -> Iterator[Note]:
    """Notes on one cell.

    Args:
        source: the cell's text.
        forbidden: modules that the assignment forbids.
        graded: names of graded functions that the cell should define; empty for other cells.
        aliases: names bound to modules so far, in this and earlier cells; added to.
    """
    if len(source) > MAX_SOURCE:
        yield ("unread-cell", f"holds {len(source):,} characters, too many to be looked at", False)
        return
    try:
        tree = ast.parse(re.sub(r"(?m)^([ \t]*)[%!?].*$", r"\1pass", source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    _collect_aliases(tree, aliases)
    for node in ast.walk(tree):
        yield from _changes(node, aliases)
        yield from _frames(node, aliases)
        if isinstance(node, ast.ClassDef):
            yield from _lies(node)
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and graded:
            yield from _reference(function, forbidden, aliases)


def _collect_aliases(tree: ast.AST, aliases: dict[str, str]) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                target = name.asname or name.name.split(".")[0]
                aliases[target] = name.name if name.asname else target
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for name in node.names:
                aliases[name.asname or name.name] = f"{node.module}.{name.name}"


def _path(node: ast.AST, aliases: Mapping[str, str]) -> str:
    """``np.testing.assert_allclose`` as ``numpy.testing.assert_allclose``; "" for other things."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([aliases.get(node.id, node.id), *reversed(parts)])


def _changes(node: ast.AST, aliases: Mapping[str, str]) -> Iterator[Note]:
    targets: list[ast.AST] = []
    if isinstance(node, ast.Assign):
        targets = list(node.targets)
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    elif isinstance(node, ast.Delete):
        targets = list(node.targets)
    elif isinstance(node, ast.Call) and _path(node.func, aliases) in {"setattr", "delattr"}:
        yield from _set_attribute(node, aliases)
    for target in targets:
        if isinstance(target, ast.Attribute):
            base = _path(target.value, aliases)
            yield from _changed(base, target.attr)
        elif isinstance(target, ast.Subscript) and _path(target.value, aliases) == "sys.modules":
            yield ("changed-checks", "puts another module in the place of one", True)


def _set_attribute(node: ast.Call, aliases: Mapping[str, str]) -> Iterator[Note]:
    if node.args:
        name = node.args[1] if len(node.args) > 1 else None
        text = name.value if isinstance(name, ast.Constant) else "an attribute"
        yield from _changed(_path(node.args[0], aliases), str(text)[:60])


def _changed(base: str, attribute: str) -> Iterator[Note]:
    top = base.split(".")[0]
    if top in CHECKS:
        yield ("changed-checks", f"changes {base}.{attribute}", True)
    elif top in COMPARISON:
        yield ("changed-verdict", f"changes {base}.{attribute}", True)


def _frames(node: ast.AST, aliases: Mapping[str, str]) -> Iterator[Note]:
    if isinstance(node, ast.Call) and (path := _path(node.func, aliases)) in FRAMES:
        yield ("walked-frames", f"looks into the calling code with {path}", True)


def _lies(node: ast.ClassDef) -> Iterator[Note]:
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name in LYING:
            body = [line for line in item.body if not isinstance(line, ast.Expr)]
            constant = len(body) == 1 and isinstance(body[0], ast.Return)
            if constant and isinstance(body[0].value, ast.Constant):  # type: ignore[attr-defined]
                text = f"{node.name}.{item.name} gives the same answer to every comparison"
                yield ("changed-verdict", text, True)


def _reference(
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    forbidden: Collection[str],
    aliases: Mapping[str, str],
) -> Iterator[Note]:
    for node in ast.walk(function):
        paths: list[str] = []
        if isinstance(node, ast.Import):
            paths = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            paths = [f"{node.module}.{name.name}" for name in node.names]
        elif isinstance(node, ast.Attribute):
            paths = [_path(node, aliases)]
        elif isinstance(node, ast.Name):
            paths = [aliases.get(node.id, "")]
        for path in paths:
            for name in forbidden:
                if path == name or path.startswith(name + "."):
                    yield ("called-reference", f"calls {name} in a graded function", True)
