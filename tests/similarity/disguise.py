"""What somebody who copied an answer does so that it does not show: by the syntax tree."""

import ast
import builtins

import numpy as np

_KEPT = set(dir(builtins)) | {"np", "params", "x", "y", "h0", "k"}


def renamed(source, rng):
    """Every name of the writer's own replaced, as an editor's refactoring does it."""
    tree = ast.parse(source)
    own = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and type(n.ctx) is ast.Store}
    own |= {a.arg for a in ast.walk(tree) if isinstance(a, ast.arg)}
    names = {name: f"{'abcdefg'[rng.integers(7)]}{i}" for i, name in enumerate(sorted(own - _KEPT))}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = names.get(node.arg, node.arg)
    return ast.unparse(tree)


def reordered(source, rng):
    """Neighbouring statements exchanged wherever neither needs the other."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list) or not isinstance(
            node, ast.FunctionDef | ast.For | ast.While
        ):
            continue
        for _ in range(3):
            for i in rng.permutation(max(0, len(body) - 1)):
                if _apart(body[i], body[i + 1]):
                    body[i], body[i + 1] = body[i + 1], body[i]
    return ast.unparse(tree)


def _apart(a, b):
    simple = ast.Assign | ast.AugAssign
    if not (isinstance(a, simple) and isinstance(b, simple)):
        return False
    (reads_a, writes_a), (reads_b, writes_b) = _names(a), _names(b)
    return not (writes_a & (reads_b | writes_b) or writes_b & reads_a)


def _names(statement):
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    writes = {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)}, writes


def commented(source, rng):
    """Comments and a docstring of the copier's own, and another layout."""
    tree = ast.parse(source)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            node.body.insert(0, ast.Expr(ast.Constant("Computes the result step by step.")))
    rows = []
    for row in ast.unparse(ast.fix_missing_locations(tree)).splitlines():
        if row.startswith("    ") and rng.random() < 0.3:
            rows.append(" " * (len(row) - len(row.lstrip())) + "# then the next thing")
        rows.append(row.replace("    ", "  "))
    return "\n".join(rows)


class _Rewrite(ast.NodeTransformer):
    def visit_AugAssign(self, node):
        self.generic_visit(node)
        if not isinstance(node.target, ast.Name):
            return node
        read = ast.Name(node.target.id, ast.Load())
        return ast.Assign([node.target], ast.BinOp(read, node.op, node.value))

    def visit_Call(self, node):
        self.generic_visit(node)
        whole = ast.unparse(node)
        if whole.startswith("reversed(range(") and isinstance(node.args[0], ast.Call):
            return (
                ast.parse(f"range({ast.unparse(node.args[0].args[0])} - 1, -1, -1)").body[0].value
            )
        return node

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.Add | ast.Mult):
            node.left, node.right = node.right, node.left
        return node


def rewritten(source, rng):
    """Sums and products the other way round, ``a += b`` written out, another range."""
    tree = _Rewrite().visit(ast.parse(source))
    return ast.unparse(ast.fix_missing_locations(tree))


def all_of_it(source, rng):
    """Everything above, one after the other."""
    for change in (rewritten, reordered, renamed, commented):
        source = change(source, rng)
    return source


DISGUISES = {
    "word for word": lambda source, rng: source,
    "renamed": renamed,
    "reordered": reordered,
    "renamed and reordered": lambda s, rng: renamed(reordered(s, rng), rng),
    "commented": commented,
    "rewritten": rewritten,
    "all of it": all_of_it,
}


def seeded(number):
    """A generator for one case."""
    return np.random.default_rng(number)
