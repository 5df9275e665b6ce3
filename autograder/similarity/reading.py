"""A text as statements, so that renaming, reordering and another layout leave it the same.

Code is parsed (never run) and written again in one way: the writer's own names are one name,
comments and docstrings go, ``a += b`` is ``a = a + b``, the operands of sums and products stand in
one order. What cannot be parsed is read token by token. Prose is read word by word.
"""

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

RUN = 5  # tokens: shorter runs are the language, longer ones miss an edited answer
MAX_SOURCE = 20_000  # characters: what a parser reads safely, and more than any answer has
_OWN = "name"
_TOKEN = re.compile(
    r'"""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\'|#[^\n]*|"[^"\n]*"|\'[^\'\n]*\'|\w+(?:\.\d+)?'
    r"|\*\*=?|//=?|[-+*/@%&|^]=|[<>=!]=|->|:=|\n|\S"
)
_WORD = re.compile(r"\w+")
_METHODS = {"sum", "mean", "max", "min", "copy", "dot", "reshape", "ravel"}
_MAGIC = re.compile(r"(?m)^([ \t]*)[%!?].*$")

Run = tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """One statement of code, or one line of prose, in the form that is compared."""

    tokens: tuple[str, ...]
    first: int  # line of the source, from 1
    last: int

    @property
    def runs(self) -> Iterator[tuple[int, Run]]:
        """Each run of tokens with its place; a short statement is one run."""
        for start in range(max(1, len(self.tokens) - RUN + 1)):
            yield start, self.tokens[start : start + RUN]


def code(source: str) -> tuple[Statement, ...]:
    """The statements of a cell of code."""
    source = source[:MAX_SOURCE]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the parser thinks of a student's escapes
            tree = ast.parse(_MAGIC.sub(r"\1pass", source))
            return tuple(_canonical(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return tuple(_token_by_token(source))


def prose(text: str) -> tuple[Statement, ...]:
    """The words of a written answer, as one statement for each paragraph."""
    found = []
    rows = text[:MAX_SOURCE].lower().splitlines()
    words: list[str] = []
    first = 1
    for number, row in enumerate([*rows, ""], start=1):
        if row.strip():
            words += _WORD.findall(row)
            continue
        if words:
            found.append(Statement(tuple(words), first, number - 1))
        words, first = [], number + 1
    return tuple(found)


def runs(statements: tuple[Statement, ...]) -> frozenset[Run]:
    """The runs of a text: what two texts have in common is counted in these."""
    return frozenset(run for statement in statements for _, run in statement.runs)


def words(source: str) -> list[str]:
    """Every token as it was written, names and comments included."""
    return [t for t in _TOKEN.findall(source[:MAX_SOURCE]) if t != "\n"]


# -------------------------------------------------------------------------------------------- code


def _canonical(tree: ast.Module) -> Iterator[Statement]:
    own = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and type(n.ctx) is not ast.Load}
    own |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    own.discard("np")
    yield from _flat(tree.body, own)


def _flat(body: list[ast.stmt], own: set[str]) -> Iterator[Statement]:
    """Statements one by one; of those that hold others, the head alone."""
    for node in body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        inner = list(_held(node))
        last = node.end_lineno or node.lineno
        if inner:
            last = min(last, max(node.lineno, inner[0].lineno - 1))
        yield Statement(_tokens(node, own), node.lineno, last)
        yield from _flat(inner, own)


def _held(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements right below a node; what only holds them is passed through."""
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.stmt):
            yield part
        elif isinstance(part, _HOLDERS):
            yield from _held(part)


_HOLDERS = (ast.stmt, ast.excepthandler, ast.match_case)


def _tokens(node: ast.AST, own: set[str]) -> tuple[str, ...]:
    """A node in one way of writing; what holds statements without them."""
    match node:
        case ast.Name(name):
            return (_OWN if name in own else name,)
        case ast.arg():
            return (_OWN,)
        case ast.Constant(value):
            return (repr(value)[:200],)
        case ast.Attribute(value, name):
            return (*_tokens(value, own), ".", name)
        case ast.AugAssign(target, op, value):
            place = _tokens(target, own)
            return (*place, "=", *_sides(place, op, _tokens(value, own)))
        case ast.Assign(targets, value):
            places = (t for target in targets for t in (*_tokens(target, own), "="))
            return (*places, *_tokens(value, own))
        case ast.BinOp(left, op, right):
            return _sides(_tokens(left, own), op, _tokens(right, own))
        case ast.Subscript(value, index):
            return (*_tokens(value, own), "[", *_tokens(index, own), "]")
        case ast.Call(ast.Name("reversed"), [ast.Call(ast.Name("range"), [stop])]):
            end = _sides(_tokens(stop, own), ast.Sub(), ("1",))
            return ("range", "(", *end, ",", "-1", ",", "-1", ",", ")")
        case ast.Call(ast.Attribute(ast.Name("np"), name), [array, *rest]) if name in _METHODS:
            return _call((*_tokens(array, own), ".", name), rest, node.keywords, own)
        case ast.Call(function, arguments, keywords):
            return _call(_tokens(function, own), arguments, keywords, own)
        case ast.UnaryOp(ast.USub(), ast.Constant(value)):
            return (f"-{value!r}"[:200],)
        case ast.Tuple(parts):
            return tuple(t for part in parts for t in (*_tokens(part, own), ","))
    children = (c for c in ast.iter_child_nodes(node) if not isinstance(c, _HOLDERS + _SILENT))
    names = () if not isinstance(node, _NAMED) else (node.name,)
    return (type(node).__name__, *names, *(t for c in children for t in _tokens(c, own)))


_SILENT = (ast.expr_context,)
_NAMED = (ast.FunctionDef, ast.ClassDef)


def _call(
    function: tuple[str, ...], arguments: list[ast.expr], keywords: list[ast.keyword], own: set[str]
) -> tuple[str, ...]:
    given = [_tokens(a, own) for a in arguments]
    given += [(str(k.arg), "=", *_tokens(k.value, own)) for k in keywords]
    return (*function, "(", *(t for one in given for t in (*one, ",")), ")")


def _sides(left: tuple[str, ...], op: ast.operator, right: tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(op, ast.Add | ast.Mult) and right < left:
        left, right = right, left
    return ("(", *left, type(op).__name__, *right, ")")


def _token_by_token(source: str) -> Iterator[Statement]:
    """Logical lines of a text that is no Python, with its names as they are."""
    tokens: list[str] = []
    depth, line, first = 0, 1, 1
    for token in [*_TOKEN.findall(source), "\n"]:
        if token == "\n":
            if tokens and depth <= 0:
                yield Statement(tuple(tokens), first, line)
                tokens, depth = [], 0
            line += 1
            first = first if tokens else line
        elif not token.startswith(("#", '"""', "'''")):
            depth += (token in "([{") - (token in ")]}")
            tokens.append(token)
        else:
            line += token.count("\n")
    if tokens:
        yield Statement(tuple(tokens), first, line)
