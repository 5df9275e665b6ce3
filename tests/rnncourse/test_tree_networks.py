"""Recursive networks and Tree-LSTMs: gradients, PyTorch readings, batches of trees, refusals."""

import re
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import gradcheck, nn, recursive, tree_lstm, tree_lstm_nary, trees
from rnncourse.trees import Tree

steady = settings(derandomize=True, deadline=None, max_examples=25)
seeds = st.integers(0, 2**32 - 1)


class Kind(NamedTuple):
    net: Any
    reading: Any
    most: int  # children at a node


KINDS = {
    "recursive": Kind(recursive, nn.Recursive, 2),
    "tree_lstm": Kind(tree_lstm, nn.TreeLSTM, 4),
    "tree_lstm_nary": Kind(tree_lstm_nary, nn.NaryTreeLSTM, 2),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


def grow(rng, size, most):
    """A random tree of `size` nodes or a few more, no node with more than `most` children."""
    children, waiting = [], []
    while len(children) < size or len(waiting) > 1:
        late = len(children) >= size
        k = int(rng.integers(2 if late else 0, most + 1))
        k = min(k, len(waiting))
        children.append(tuple(waiting[len(waiting) - k :]))
        del waiting[len(waiting) - k :]
        waiting.append(len(children) - 1)
    return Tree(("w",) * len(children), tuple(children))


class Case(NamedTuple):
    params: Any
    grown: list[Tree]
    x: Any
    d_h: Any


def draw(kind, seed=0, sizes=(7, 1, 10), I=2, H=3, dtype=np.float64):
    rng = np.random.default_rng(seed)
    params = kind.net.init(rng, I, H, dtype=dtype)
    grown = [grow(rng, size, kind.most) for size in sizes]
    N = sum(map(len, grown))
    x, d_h = (rng.standard_normal((N, n)).astype(dtype) for n in (I, H))
    return Case(params, grown, x, d_h)


def run(kind, case):
    """h, d_x and the weights' gradients."""
    h, cache = kind.net.forward(case.params, trees.forest(case.grown), case.x)
    d_x, grads = kind.net.backward(cache, case.d_h)
    return h, d_x, grads


def close(ours, theirs, rel=1e-12):
    """Within rel of the largest entry."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    size = max(1.0, np.abs(theirs).max(initial=0))
    return ours.shape == theirs.shape and np.abs(ours - theirs).max(initial=0) <= rel * size


def slices(grown):
    first = 0
    for tree in grown:
        yield slice(first, first + len(tree))
        first += len(tree)


@pytest.mark.parametrize(
    "how", [{}, {"sizes": (1,), "I": 1, "H": 1}, {"sizes": (2, 5, 9), "I": 3, "H": 2}], ids=str
)
def test_every_gradient_and_the_pytorch_reading(kind, how):
    case = draw(kind, **how)
    forest = trees.forest(case.grown)
    h, d_x, grads = run(kind, case)

    def loss(at):
        return (kind.net.forward(at[0], forest, at[1])[0] * case.d_h).sum()

    report = gradcheck.compare(loss, (case.params, case.x), (grads, d_x))
    assert report.worst < 1e-13, report
    assert report.worst_difference < 1e-7, report

    module, x = kind.reading.from_params(case.params), torch.tensor(case.x, requires_grad=True)
    theirs = module(forest, x)
    theirs.backward(torch.tensor(case.d_h))
    assert close(h, theirs.detach())
    assert close(d_x, x.grad)
    for name, array in grads._asdict().items():
        found = module.get_parameter(name).grad
        assert close(array, np.zeros_like(array) if found is None else found), name
    for before, after in zip(case.params, module.to_params(), strict=True):
        assert np.array_equal(before, after)


def test_single_precision(kind):
    case = draw(kind, sizes=(60, 40), H=8, dtype=np.float32)
    h, d_x, grads = run(kind, case)
    assert {a.dtype for a in (h, d_x, *grads)} == {np.dtype(np.float32)}
    module, x = kind.reading.from_params(case.params), torch.tensor(case.x, requires_grad=True)
    theirs = module(trees.forest(case.grown), x)
    theirs.backward(torch.tensor(case.d_h))
    assert close(h, theirs.detach(), 1e-5)
    assert close(d_x, x.grad, 5e-5)
    for name, array in grads._asdict().items():
        assert close(array, module.get_parameter(name).grad, 5e-5), name


@steady
@given(seed=seeds, sizes=st.lists(st.integers(1, 12), max_size=4), name=st.sampled_from([*KINDS]))
def test_a_forest_is_its_trees_one_by_one(seed, sizes, name):
    kind = KINDS[name]
    case = draw(kind, seed, sizes)
    h, d_x, grads = run(kind, case)
    total = [np.zeros_like(p) for p in case.params]
    for tree, mine in zip(case.grown, slices(case.grown), strict=True):
        alone = run(kind, Case(case.params, [tree], case.x[mine], case.d_h[mine]))
        assert close(h[mine], alone[0])
        assert close(d_x[mine], alone[1])
        total = [a + b for a, b in zip(total, alone[2], strict=True)]
    assert all(close(a, b) for a, b in zip(grads, total, strict=True))


@steady
@given(seed=seeds, name=st.sampled_from([*KINDS]), random=st.randoms(use_true_random=False))
def test_the_order_of_the_trees_does_not_matter(seed, name, random):
    kind = KINDS[name]
    case = draw(kind, seed, (4, 1, 9, 6))
    order = list(range(4))
    random.shuffle(order)
    parts = list(slices(case.grown))
    rows = np.concatenate([np.arange(len(case.x))[parts[b]] for b in order])
    moved = Case(case.params, [case.grown[b] for b in order], case.x[rows], case.d_h[rows])
    (h, d_x, grads), (other_h, other_d_x, same) = run(kind, case), run(kind, moved)
    assert close(h[rows], other_h)
    assert close(d_x[rows], other_d_x)
    assert all(close(a, b) for a, b in zip(grads, same, strict=True))


@steady
@given(seed=seeds, size=st.integers(1, 15), name=st.sampled_from([*KINDS]))
def test_a_node_sees_its_own_branch_and_no_other(seed, size, name):
    kind = KINDS[name]
    case = draw(kind, seed, (size,))
    rng = np.random.default_rng(seed)
    (tree,) = case.grown
    node = int(rng.integers(len(tree)))
    below, to_do = set(), [node]
    while to_do:
        below.add(to_do.pop())
        to_do += [k for n in below for k in tree.children[n] if k not in below]
    h = kind.net.forward(case.params, trees.forest([tree]), case.x)[0]
    elsewhere = case.x.copy()
    others = [n for n in range(len(tree)) if n not in below]
    elsewhere[others] = rng.standard_normal((len(others), 2))
    changed = kind.net.forward(case.params, trees.forest([tree]), elsewhere)[0]
    assert close(changed[node], h[node], 1e-15)
    d_h = np.zeros_like(h)
    d_h[node] = 1
    felt = run(kind, case._replace(d_h=d_h))[1].any(axis=1)
    assert set(np.flatnonzero(felt).tolist()) == below


def test_how_the_nodes_are_numbered_does_not_matter(kind):
    params = draw(kind).params
    x = np.random.default_rng(1).standard_normal((5, 2))
    tree = trees.parse("(y (x a b) c)")  # a, b, x, c, y
    other = Tree(("c", "a", "b", "x", "y"), ((), (), (), (1, 2), (3, 0)))
    h, _ = kind.net.forward(params, trees.forest([tree]), x)
    renumbered, _ = kind.net.forward(params, trees.forest([other]), x[[3, 0, 1, 2, 4]])
    assert close(renumbered, h[[3, 0, 1, 2, 4]])


def test_a_forest_of_no_trees(kind):
    params = draw(kind).params
    empty = Case(params, [], np.zeros((0, 2)), np.zeros((0, 3)))
    h, d_x, grads = run(kind, empty)
    assert (h.shape, d_x.shape) == ((0, 3), (0, 2))
    assert not any(g.any() for g in grads)
    module = kind.reading.from_params(params)
    assert module(trees.forest([]), torch.zeros(0, 2, dtype=torch.float64)).shape == (0, 3)


def test_inputs_are_left_alone_in_any_layout(kind):
    case = draw(kind)
    other = Case(
        type(case.params)(*map(np.asfortranarray, case.params)),
        case.grown,
        np.repeat(case.x, 2, axis=1)[:, ::2],
        np.asfortranarray(case.d_h),
    )
    arrays = [*other.params, other.x, other.d_h]
    before = [a.copy() for a in arrays]
    for a in arrays:
        a.flags.writeable = False
    (h, d_x, grads), (other_h, other_d_x, same) = run(kind, case), run(kind, other)
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))
    assert all(close(a, b) for a, b in zip((h, d_x, *grads), (other_h, other_d_x, *same)))  # noqa: B905


def test_backward_may_be_called_again(kind):
    case = draw(kind)
    _, cache = kind.net.forward(case.params, trees.forest(case.grown), case.x)
    one, again = (kind.net.backward(cache, case.d_h) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip((one[0], *one[1]), (again[0], *again[1])))  # noqa: B905


def test_init_follows_the_seed_and_the_dtype(kind):
    one, again = (kind.net.init(np.random.default_rng(5), 2, 3, dtype="float32") for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert {a.dtype for a in one} == {np.dtype(np.float32)}
    modules = []
    for _ in range(2):
        torch.manual_seed(0)
        modules.append(kind.reading(2, 3).to_params())
    assert all(np.array_equal(a, b) for a, b in zip(*modules, strict=True))
    assert {a.dtype for a in modules[0]} == {np.dtype(np.float32)}
    with pytest.raises(ValueError, match="hidden_size must be at least 1, got 0"):
        kind.net.init(np.random.default_rng(0), 1, 0)
    with pytest.raises(ValueError, match="dtype must be floating"):
        kind.net.init(np.random.default_rng(0), 1, 1, dtype=int)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: {"x": x[1:]}, "x must have shape (19, 2) (a vector for each of N = 19 nodes, I"),
        (lambda x: {"x": x[:, :1]}, "x must have shape (19, 2)"),
        (lambda x: {"x": x.astype("f4")}, "x has dtype float32, but the weights have float64"),
        (lambda x: {"x": x * np.nan}, "x[0, 0] must be finite, got nan"),
        (lambda x: {"forest": [trees.parse("a")]}, "forest must be a Forest, as trees.forest make"),
    ],
)
def test_refusals(kind, change, message):
    forest = trees.forest(
        [trees.parse("(w " * 10 + "w" + ")" * 10), trees.parse("(w (w a b) (w c (w d)))")]
    )
    case = {"params": draw(kind).params, "forest": forest, "x": np.zeros((19, 2))}
    with pytest.raises(ValueError, match=re.escape(message)):
        kind.net.forward(**{**case, **change(case["x"])})


def test_refuses_weights_and_gradients_that_do_not_fit(kind):
    case = draw(kind)
    forest, name = trees.forest(case.grown), type(case.params).__name__
    for field, array in case.params._asdict().items():
        for wrong, message in [
            (array[..., None], f"{name}.{field} must have shape ("),
            (array.astype(int), f"{name}.{field} must have a floating dtype such as float64"),
        ]:
            with pytest.raises(ValueError, match=re.escape(message)):
                kind.net.forward(case.params._replace(**{field: wrong}), forest, case.x)
    _, cache = kind.net.forward(case.params, forest, case.x)
    N = len(case.x)
    with pytest.raises(ValueError, match=re.escape(f"d_h must have shape ({N}, 3) (that of h)")):
        kind.net.backward(cache, case.d_h[1:])
    with pytest.raises(ValueError, match="d_h has dtype float32, but h has float64"):
        kind.net.backward(cache, case.d_h.astype(np.float32))
    module = kind.reading.from_params(case.params)
    with pytest.raises(ValueError, match=re.escape(f"x must have shape ({N}, 2), got (3, 2)")):
        module(forest, torch.zeros(3, 2))
    with pytest.raises(ValueError, match="forest must be a Forest, as "):
        module(case.grown, torch.tensor(case.x))
    with pytest.raises(ValueError, match=r"x has dtype torch.float32, but the weights have"):
        module(forest, torch.zeros(N, 2))


@pytest.mark.parametrize("name", ["recursive", "tree_lstm_nary"])
def test_refuses_a_third_child(name):
    net, reading, _ = KINDS[name]
    forest = trees.forest([trees.parse("(x a b c)")])
    params = draw(KINDS[name]).params
    message = "forest must have at most 2 children at a node, got 3 at node 3, 'x'"
    with pytest.raises(ValueError, match=message):
        net.forward(params, forest, np.zeros((4, 2)))
    with pytest.raises(ValueError, match=message):
        reading.from_params(params)(forest, torch.zeros(4, 2, dtype=torch.float64))
