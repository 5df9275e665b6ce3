"""Parameters may nest: NamedTuples, tuples, lists and dicts of arrays, walked alike.

None is a place that holds no array: the state of a layer that has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rnncourse._validate import Array


def apply(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """`function` on the arrays that stand at the same place, in a tree of the first one's type."""
    if isinstance(tree, dict):
        return {k: apply(function, v, *(o[k] for o in others)) for k, v in tree.items()}
    if isinstance(tree, tuple | list):
        parts = [apply(function, *group) for group in zip(tree, *others, strict=True)]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    return None if tree is None else function(tree, *others)


def leaves(tree: Any, name: str = "") -> Iterator[tuple[str, Array]]:
    """Every array with its dotted name, such as `cell.W_hh`."""
    if isinstance(tree, dict):
        items: Any = tree.items()
    elif hasattr(tree, "_fields"):
        items = zip(tree._fields, tree, strict=True)
    elif isinstance(tree, tuple | list):
        items = enumerate(tree)
    else:
        if tree is not None:
            yield name, tree
        return
    for key, value in items:
        yield from leaves(value, f"{name}.{key}" if name else str(key))
