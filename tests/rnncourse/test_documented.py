"""Every public name says what it takes and gives: shapes where arrays are, errors where it raises.

That the examples run is tested in test_package.py.
"""

import ast
import re
from pathlib import Path

import pytest

import rnncourse

LIBRARY = Path(rnncourse.__file__).parent
# parts of the notebook, the shell and the site; they take no arrays
APART = {"checks", "cli", "derivation", "figures", "notebook"}
ARRAYS = re.compile(r"\b(Array|Tensor)\b")
SHAPE = re.compile(r"\([^()]*\b[A-Z…]\b[^()]*\)|\([A-Z0-9…][^()]*,\)|\(\d, |\bscalar\b|\bshape\b")
# what asks the arguments questions, and raises where the answer is wrong
ASKS = re.compile(
    r"raise ValueError|\b_validate\.(?!real_steps)\w+\(|\b_sequence\.(checked|gated)"
    r"|\b_init\.|\b_labelling\.(checked|emissions|labels)|\b_feedback\.(kind|weights|drawn)"
)
ELSEWHERE = re.compile(r"\b[Aa]s (those )?(in |of |that of )?`|\bErrors as in `")


def modules():
    for path in sorted(LIBRARY.rglob("*.py")):
        parts = path.relative_to(LIBRARY).with_suffix("").parts
        private = any(part.startswith("_") and part != "__init__" for part in parts)
        if not private and parts[0] not in APART and parts != ("__init__",):
            yield path


def names_of(tree):
    """What `__all__` lists, or None where there is none."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            if isinstance(node.value, ast.List | ast.Tuple):
                return {item.value for item in node.value.elts if isinstance(item, ast.Constant)}
            return set()
    return None


def public(path):
    """The public classes, functions and methods that a module defines, by their names."""
    tree = ast.parse(path.read_text())
    listed = names_of(tree) or set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in listed:
            yield node.name, node
            for part in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(part, ast.FunctionDef) and not part.name.startswith("_"):
                    yield f"{node.name}.{part.name}", part


MODULES = [pytest.param(path, id=str(path.relative_to(LIBRARY))) for path in modules()]


@pytest.mark.parametrize("path", MODULES)
def test_a_module_lists_its_public_names(path):
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    assert names_of(tree) is not None


@pytest.mark.parametrize("path", MODULES)
def test_shapes_and_errors_are_said(path):
    silent = []
    for name, node in public(path):
        text = ast.get_docstring(node) or ""
        if not text:
            silent.append(f"{name}: no docstring")
        if isinstance(node, ast.ClassDef) or ELSEWHERE.search(text):
            continue
        body = "\n".join(map(ast.unparse, node.body[1:]))
        if ARRAYS.search(ast.unparse(node.args) + ast.unparse(node.returns or node.args)):
            silent += [] if SHAPE.search(text) else [f"{name}: no shape"]
        if ASKS.search(body):
            silent += [] if "Raises:" in text else [f"{name}: errors"]
    assert silent == []
