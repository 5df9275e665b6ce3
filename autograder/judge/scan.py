"""Read a cell for what it means to do to the checks, the comparison or the library.

A reading proves nothing and decides nothing: the judge does not depend on anything that a cell
could change. It tells an instructor what was tried.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from autograder.judge.packed import packed

Note = tuple[str, str, bool]  # kind, text, whether it is an attempt to gain marks
Function = ast.FunctionDef | ast.AsyncFunctionDef

CHECKS = ("rnncourse", "nbgrader")
# what answers are compared with; other attributes are set for honest reasons (np.float = float)
COMPARISON = {
    "numpy": {
        *("all", "allclose", "any", "array_equal", "array_equiv", "equal", "isclose", "not_equal"),
        *("abs", "absolute", "array", "asarray", "isfinite", "isnan", "max", "sum", "testing"),
    },
    "numpy.linalg": {"norm"},
    "torch": {"allclose", "equal", "isclose", "testing"},
    "math": {"isclose", "isfinite", "isnan"},
    "builtins": {
        *("abs", "all", "any", "callable", "float", "getattr", "isinstance", "len", "max", "min"),
        *("round", "sum", "type"),
    },
}
ASSERTING = ("numpy.testing", "torch.testing", "unittest")
MAX_SOURCE = 200_000  # characters of a cell; a tree takes some hundred bytes for each
FRAMES = {
    "sys._getframe", "inspect.currentframe", "inspect.stack", "inspect.getouterframes",
    "sys._current_frames", "gc.get_objects", "gc.get_referrers",
}  # fmt: skip
DIGGING = {"f_back", "f_globals", "f_locals"}
LYING = {  # methods, and what they say for ever where they lie in the student's favour
    **dict.fromkeys(("__eq__", "__le__", "__lt__", "__ge__", "__gt__"), (True, 1)),
    "__ne__": (False, 0),
    **dict.fromkeys(("__array_ufunc__", "__array_function__"), (True, 1, False, 0)),
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
    nodes = list(ast.walk(tree))
    _collect_aliases(nodes, aliases)
    digs = any(isinstance(n, ast.Attribute) and n.attr in DIGGING for n in nodes)
    for node in nodes:
        yield from _changes(node, aliases)
        yield from _frames(node, aliases, digs)
        yield from _lies(node)
    for text in packed(nodes, graded, forbidden):
        yield ("packed-code", text, False)
    for parts in _called(nodes, graded):
        yield from _reference(parts, forbidden, aliases)


def _collect_aliases(nodes: Sequence[ast.AST], aliases: dict[str, str]) -> None:
    for node in nodes:
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
        text = name.value if isinstance(name, ast.Constant) else None
        known = isinstance(text, str) and text.isprintable()
        yield from _changed(_path(node.args[0], aliases), str(text)[:60] if known else "a part")


def _changed(base: str, attribute: str) -> Iterator[Note]:
    full = "numpy" + base[2:] if base.split(".")[0] == "np" else base
    if full.split(".")[0] in CHECKS:
        yield ("changed-checks", f"changes {base}.{attribute}", True)
    elif attribute in COMPARISON.get(full, ()) or full.startswith(ASSERTING):
        yield ("changed-verdict", f"changes {base}.{attribute}", True)


def _frames(node: ast.AST, aliases: Mapping[str, str], digs: bool) -> Iterator[Note]:
    if isinstance(node, ast.Call) and (path := _path(node.func, aliases)) in FRAMES:
        # inspect.stack() alone tells a line number; what it finds must be looked into
        cheat = digs or not path.startswith("inspect.")
        yield ("walked-frames", f"looks into the calling code with {path}", cheat)


def _lies(node: ast.AST) -> Iterator[Note]:
    """A class, or the dictionary of one, whose comparisons say the same for ever."""
    methods: list[tuple[object, ast.AST]] = []
    if isinstance(node, ast.ClassDef):
        methods = [(item.name, item) for item in node.body if isinstance(item, ast.FunctionDef)]
        for item in node.body:
            if isinstance(item, ast.Assign):
                methods += [(t.id, item.value) for t in item.targets if isinstance(t, ast.Name)]
    elif isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        methods = [(key.value, value) for key, value in pairs if isinstance(key, ast.Constant)]
    for name, method in methods:
        if isinstance(name, str) and name in LYING and _constant(method) in LYING[name]:
            owner = f"{node.name}.{name}" if isinstance(node, ast.ClassDef) else name
            yield ("changed-verdict", f"{owner} gives the same answer to every comparison", True)


def _constant(method: ast.AST) -> object:
    """What a method returns whatever it is given; an empty tuple where that is not plain."""
    value: ast.AST | None = None
    if isinstance(method, ast.Lambda):
        value = method.body
    elif isinstance(method, ast.FunctionDef):
        body = [line for line in method.body if not isinstance(line, ast.Expr)]
        if len(body) == 1 and isinstance(body[0], ast.Return):
            value = body[0].value
    return value.value if isinstance(value, ast.Constant) else ()


def _called(nodes: Sequence[ast.AST], graded: Collection[str]) -> Iterator[Sequence[ast.AST]]:
    """The parts of each graded function, and of what they name.

    A helper beside them may compare with PyTorch.
    """
    functions = {n.name: n for n in nodes if isinstance(n, Function)}
    waiting = [name for name in functions if name in graded]
    while waiting:
        function = functions.pop(waiting.pop(), None)
        if function is not None:
            parts = list(ast.walk(function))
            yield parts
            waiting += [n.id for n in parts if isinstance(n, ast.Name)]


def _reference(
    nodes: Sequence[ast.AST],
    forbidden: Collection[str],
    aliases: Mapping[str, str],
) -> Iterator[Note]:
    for node in nodes:
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
            parts = path.split(".")
            for end in range(1, len(parts) + 1):
                if (name := ".".join(parts[:end])) in forbidden:
                    yield ("called-reference", f"calls {name} in a graded function", True)
