"""Trees: reading and writing, what is refused, levels, depth; arithmetic on them."""

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import data, trees
from rnncourse.data import arithmetic, arithmetic_chance, arithmetic_symbols
from rnncourse.trees import Tree, parse

steady = settings(derandomize=True, deadline=None, max_examples=60)
nested = st.recursive(
    st.sampled_from(["a", "b", "+", "é", "-1.5"]),
    lambda kids: st.tuples(st.sampled_from("xy*"), st.lists(kids, min_size=1, max_size=4)),
    max_leaves=12,
)


def written(node):
    if isinstance(node, str):
        return node
    label, kids = node
    return f"({label} {' '.join(map(written, kids))})"


def in_order(node):
    """Labels, children before their parent."""
    if isinstance(node, str):
        return [node]
    return [label for kid in node[1] for label in in_order(kid)] + [node[0]]


@steady
@given(nested)
def test_what_is_written_is_read(node):
    text = written(node)
    tree = parse(text)
    assert str(tree) == text
    assert list(tree.labels) == in_order(node)
    assert parse(f"\n {text.replace(' ', '  ').replace(')', ' ) ')}\t") == tree


@steady
@given(st.lists(nested, max_size=4))
def test_a_forest_holds_every_tree_and_its_levels(nodes):
    drawn = [parse(written(node)) for node in nodes]
    forest = trees.forest(iter(drawn))
    assert forest.labels == tuple(label for tree in drawn for label in tree.labels)
    children = {}
    for height, level in enumerate(forest.levels):
        assert level.children.shape[0] == len(level.nodes) > 0
        for node, row in zip(level.nodes.tolist(), level.children.tolist(), strict=True):
            kids = [child for child in row if child >= 0]
            assert row == kids + [-1] * (len(row) - len(kids))
            children[node] = tuple(kids)
            below = [h for h, lower in enumerate(forest.levels) if set(kids) & {*lower.nodes}]
            assert height == max(below, default=-1) + 1
    first = 0
    for tree, root in zip(drawn, forest.roots, strict=True):
        for node, kids in enumerate(tree.children):
            assert children.pop(first + node) == tuple(first + child for child in kids)
        first += len(tree)
        assert root == first - 1
    assert not children


@pytest.mark.parametrize("n", [5_000, 10_000])
def test_a_chain_of_any_depth(n):
    text = "(a " * (n - 1) + "b" + ")" * (n - 1)
    tree = parse(text)
    assert str(tree) == text
    assert tree == parse(text)
    forest = trees.forest([tree])
    assert len(forest.levels) == n
    assert forest.levels[-1].children.tolist() == [[n - 2]]


def test_a_star():
    tree = parse(f"(x {'a ' * 5_000})")
    forest = trees.forest([tree, parse("b")])
    assert [level.children.shape for level in forest.levels] == [(5001, 0), (1, 5000)]


def test_any_order_with_children_first_is_a_tree():
    tree = Tree(("c", "a", "b", "x", "y"), ((), (), (), (1, 2), (3, 0)))
    assert str(tree) == "(y (x a b) c)"
    assert parse(str(tree)) != tree  # numbered otherwise


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "text must hold a tree, got none"),
        (" \n", "text must hold a tree, got none"),
        ("a b", "text must hold one tree, but goes on at 2 with 'b'"),
        ("(a b) (c d)", "text must hold one tree, but goes on at 6 with '('"),
        ("(a b))", "text must hold one tree, but goes on at 5 with ')'"),
        (")", "text must open the bracket that it closes at 0"),
        ("(a (b c)", "text must close the bracket that it opens at 0"),
        ("(a (b c", "text must close the bracket that it opens at 3"),
        ("(a ())", "text must have a label after the bracket at 3"),
        ("((a b) c)", "text must have a label before the bracket at 1"),
        ("(", "text must close the bracket that it opens at 0"),
        (b"(a b)", "text must be a str, got bytes"),
    ],
)
def test_what_is_no_tree_is_refused(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        parse(text)


@pytest.mark.parametrize(
    ("labels", "children", "message"),
    [
        ((), (), "labels and children must be as many, at least one, got 0 labels"),
        (("a",), ((), ()), "got 1 labels and 2 tuples of children"),
        (("a b",), ((),), "labels[0] must be a word without spaces and brackets, got 'a b'"),
        (("a", "(", "b"), ((), (), (0, 1)), "labels[1] must be a word"),
        (("",), ((),), "labels[0] must be a word"),
        ((3,), ((),), "labels[0] must be a word without spaces and brackets, got 3"),
        (("a", "b"), ((1,), ()), "children[0] must be numbers of nodes before node 0, got 1"),
        (("a", "b"), ((), (-1,)), "children[1] must be numbers of nodes before node 1, got -1"),
        (("a", "b", "c"), ((), (0,), (0, 1)), "node 0 must have one parent, got 1 and 2"),
        (("a", "b"), ((), (0, 0)), "node 0 must have one parent, got 1 and 1"),
        (("a", "b", "c"), ((), (), (0,)), "node 1 must have a parent: only the last is the root"),
    ],
)
def test_a_graph_that_is_no_tree_is_refused(labels, children, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Tree(labels, children)


def test_refusals():
    forest = trees.forest([parse("a"), parse("(x a b c)")])
    for call, message in [
        (lambda: trees.forest([parse("a"), "b"]), "trees[1] must be a Tree, got str"),
        (
            lambda: trees.fixed_arity(forest, 2),
            "forest must have at most 2 children at a node, got 3 at node 4, 'x'",
        ),
        (
            lambda: trees.class_numbers(forest, "abx"),
            "forest.labels[3] must be one of the 3 symbols, got 'c'",
        ),
    ]:
        with pytest.raises(ValueError, match=re.escape(message)):
            call()


def test_class_numbers_by_a_mapping():
    forest = trees.forest([parse("(x a b)")])
    assert trees.class_numbers(forest, {"a": 7, "b": 5, "x": 0}).tolist() == [7, 5, 0]


def evaluated(tree, modulus):
    """The value by Python's own arithmetic, node by node."""
    values = []
    for label, kids in zip(tree.labels, tree.children, strict=True):
        values.append(
            eval(f"({values[kids[0]]}){label}({values[kids[1]]})") if kids else int(label)
        )
    return values[-1] % modulus


@steady
@given(
    seed=st.integers(0, 2**32 - 1),
    leaves=st.integers(1, 12),
    B=st.integers(1, 4),
    modulus=st.integers(2, 12),
    operators=st.sampled_from(["+", "-", "+-", "*+-"]),
)
def test_arithmetic(seed, leaves, B, modulus, operators):
    how = {"modulus": modulus, "operators": operators}
    drawn = arithmetic(np.random.default_rng(seed), leaves, B, **how)
    symbols = arithmetic_symbols(modulus, operators)
    assert drawn.x.shape == (4 * leaves - 3, B)
    assert len(drawn.trees) == len(drawn.y) == B
    for b, tree in enumerate(drawn.trees):
        assert sum(not kids for kids in tree.children) == leaves
        assert set(map(len, tree.children)) <= {0, 2}
        assert set(tree.labels) <= set(symbols[:-2])
        text = " ".join(symbols[k] for k in drawn.x[:, b])
        assert eval(text) % modulus == drawn.y[b] == evaluated(tree, modulus)


def test_every_shape_is_as_likely():
    drawn = arithmetic(np.random.default_rng(0), 4, 2_500, operators="+")
    shapes = Counter(re.sub(r"\d", "n", str(tree)) for tree in drawn.trees)
    assert len(shapes) == 5  # Catalan
    assert max(shapes.values()) < 1.15 * 500


@pytest.mark.parametrize(
    ("leaves", "operators"), [(1, "+"), (2, "*"), (5, "+-"), (5, "-"), (4, "+-*")]
)
def test_chance_is_what_the_best_guess_gets(leaves, operators):
    how = {"modulus": 4, "operators": operators}
    chance = arithmetic_chance(leaves, **how)
    y = arithmetic(np.random.default_rng(1), leaves, 2500, **how).y
    assert np.bincount(y).max() / 2500 == pytest.approx(chance, abs=0.03)
    if "*" not in operators:
        assert chance == pytest.approx(1 / 4, abs=1e-12)


def test_the_rng_alone_decides():
    one, again, other = (arithmetic(np.random.default_rng(s), 6, 5) for s in (3, 3, 4))
    assert one.trees == again.trees != other.trees
    assert np.array_equal(one.x, again.x)
    assert np.array_equal(one.y, again.y)


def test_the_catalogue_gives_the_generator():
    (entry,) = (entry for entry in data.catalogue() if entry.name == "arithmetic")
    assert entry.load() is data.arithmetic
    assert "chance" in entry.summary


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"leaves": 0}, "leaves must be at least 1, got 0"),
        ({"B": 0}, "B must be at least 1, got 0"),
        ({"modulus": 1}, "modulus must be at least 2, got 1"),
        ({"operators": ""}, "operators must be some of '+-*', each once, got ''"),
        ({"operators": "+/"}, "operators must be some of '+-*', each once, got '+/'"),
        ({"operators": "++"}, "operators must be some of '+-*', each once, got '++'"),
    ],
)
def test_arithmetic_refuses(change, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        arithmetic(**{"rng": np.random.default_rng(0), "leaves": 2, "B": 1, **change})
