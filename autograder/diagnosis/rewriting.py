"""The same function in other words: other names, other operators, another order of the sums.

What a rewritten answer returns is the same but for its last digits; no line of it need be. So a
mistake that is still recognised in it is recognised by its numbers.
"""

import ast
from collections.abc import Sequence

_HELPER = """
def _product(left, right):
    left, right = np.asarray(left), np.asarray(right)
    if left.ndim == right.ndim == 2:
        return np.einsum("ik,jk->ij", left, np.ascontiguousarray(right.swapaxes(0, 1)))
    if left.ndim <= 2 and right.ndim <= 2:
        return np.tensordot(left, right, axes=(left.ndim - 1, max(right.ndim - 2, 0)))
    return np.matmul(left, right)
"""


def rewritten(source: str) -> str:
    """The source with its local names, products, transposes and sums written otherwise.

    Raises:
        SyntaxError: where the source is not Python.
    """
    tree = ast.parse(source)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            _Names(_locals(node)).visit(node)
    tree = ast.fix_missing_locations(_Operators().visit(tree))
    return f"import numpy as np\n{_HELPER}\n{ast.unparse(tree)}\n"


def _locals(function: ast.FunctionDef) -> dict[str, str]:
    """New names for what the function assigns, but for arguments and functions within it."""
    arguments: set[str] = set()
    assigned: dict[str, None] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            arguments.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            assigned[node.id] = None
    return {name: f"v{n}" for n, name in enumerate(assigned) if name not in arguments}


class _Names(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.names.get(node.id, node.id)
        return node


class _Operators(ast.NodeTransformer):
    """``a @ b`` to a function, ``a - b`` to ``-b + a``, ``x.T`` to ``np.transpose(x)``."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.MatMult):
            return _call(ast.Name("_product", ast.Load()), [node.left, node.right])
        if isinstance(node.op, ast.Sub):
            return ast.BinOp(ast.UnaryOp(ast.USub(), node.right), ast.Add(), node.left)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        self.generic_visit(node)
        if not isinstance(node.target, ast.Subscript):
            return node  # a name may be another name's array, too: in place is not the same there
        old = ast.Subscript(node.target.value, node.target.slice, ast.Load())
        value = self.visit_BinOp(ast.BinOp(old, node.op, node.value))
        return ast.Assign([node.target], value)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if node.attr == "T" and isinstance(node.ctx, ast.Load):
            numpy = ast.Attribute(ast.Name("np", ast.Load()), "transpose", ast.Load())
            return _call(numpy, [node.value])
        return node


def _call(function: ast.expr, arguments: Sequence[ast.expr]) -> ast.Call:
    return ast.Call(function, list(arguments), [])
