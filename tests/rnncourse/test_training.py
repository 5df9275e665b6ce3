"""The training loop: what it computes, when it stops, and that a cut run loses nothing."""

from functools import partial

import numpy as np
import pytest

from rnncourse import elman, losses, network, optim, training
from rnncourse._tree import leaves

GRADIENTS = partial(network.loss_and_gradients, elman, loss=losses.squared_loss)
QUIET = {"progress": False}


def draw(seed=0, H=4, cell=elman):
    return network.init(cell, np.random.default_rng(seed), 1, H, 1)


def batches(rng):
    """Running sums, in passes of five batches."""
    for _ in range(5):
        x = rng.standard_normal((4, 3, 1))
        yield x, np.cumsum(x, axis=0)


def validate(params, x=np.random.default_rng(99).standard_normal((4, 8, 1))):  # noqa: B008
    return GRADIENTS(params, x, np.cumsum(x, axis=0))[0]


def same(a, b):
    return all(np.array_equal(p, q) for (_, p), (_, q) in zip(leaves(a), leaves(b), strict=True))


def same_run(a, b):
    """To the last bit, but for the clock."""
    ours, theirs = a.history._replace(seconds=a.history.loss), b.history._replace(seconds=0)
    parts = zip(ours[:3], theirs[:3], strict=True)
    assert all(np.array_equal(p, q, equal_nan=True) for p, q in parts)
    assert same(a.params, b.params)
    assert same(a.latest, b.latest)
    assert (a.best_step, a.why) == (b.best_step, b.why)


@pytest.mark.parametrize("clip", [{}, {"clip_norm": 0.5}, {"clip_value": 0.05}], ids=str)
def test_is_the_loop_one_would_write(clip):
    optimizer, params, found = optim.Adam(0.03), draw(), []
    for turn in range(3):
        for x, y in batches(np.random.default_rng([7, turn])):
            loss, grads, _ = GRADIENTS(params, x, y)
            found.append((loss, optim.norm(grads)))
            if "clip_norm" in clip:
                grads, _ = optim.clip_by_norm(grads, 0.5)
            if "clip_value" in clip:
                grads = optim.clip_by_value(grads, 0.05)
            params = optimizer.step(params, grads)
    before = draw()
    run = training.fit(
        before, GRADIENTS, batches, optim.Adam(0.03), steps=15, seed=7, **clip, **QUIET
    )
    assert same(run.params, params)
    assert same(before, draw())  # what was given is not changed
    assert run.params is run.latest
    assert [*zip(run.history.loss, run.history.norm, strict=True)] == found
    assert max(run.history.norm) > 0.5  # before clipping
    assert np.isnan(run.history.validation).all()
    assert (np.diff(run.history.seconds) >= 0).all()
    assert (run.best_step, run.why) == (0, "all steps done")


def test_the_seed_decides():
    runs = [
        training.fit(draw(), GRADIENTS, batches, optim.SGD(0.1), steps=6, seed=seed, **QUIET)
        for seed in (1, 1, 2)
    ]
    same_run(runs[0], runs[1])
    assert not same(runs[0].params, runs[2].params)


def test_a_list_is_gone_through_again_and_batches_may_have_names_and_lengths():
    x = np.random.default_rng(0).standard_normal((4, 2, 1))
    tuples = [(x, x), (2 * x, x)]
    dicts = [{"x": a, "y": b, "lengths": [4, 4]} for a, b in tuples]
    runs = [
        training.fit(draw(), GRADIENTS, given, optim.SGD(0.1), steps=5, **QUIET)
        for given in (tuples, dicts)
    ]
    assert same(runs[0].params, runs[1].params)
    assert GRADIENTS(draw(), x, x)[0] == runs[0].history.loss[0]
    one = training.fit(
        (np.array([1.0]),), lambda p, x: ((p[0] * x).sum(), (x,)), [np.ones(1)], optim.SGD(1.0),
        steps=3, **QUIET,
    )  # fmt: skip
    assert one.params[0].tolist() == [-2.0]  # a batch that is one array


def test_the_rate_by_step():
    given = []
    optimizer = optim.SGD(1.0)
    optimizer.step = lambda params, grads: given.append(optimizer.lr) or params
    rate = lambda step: 1 / step  # noqa: E731
    training.fit(draw(), GRADIENTS, batches, optimizer, steps=3, rate=rate, **QUIET)
    assert given == [1, 1 / 2, 1 / 3]


def scripted(values):
    """A validation that says what it is told, and the weights it was asked about."""
    values, seen = iter(values), []
    return (lambda params: seen.append(params) or next(values)), seen


def test_early_stopping_restores_the_best_weights():
    judge, seen = scripted([3.0, 1.0, float("nan"), 1.0, 2.0, 0.0])
    run = training.fit(
        draw(), GRADIENTS, batches, optim.SGD(0.1), steps=100, validate=judge, every=2, patience=3,
        **QUIET,
    )  # fmt: skip
    assert len(run.history.loss) == 10  # three more validations, none of them better
    assert (run.best_step, run.why) == (4, "no better validation since step 4")
    assert run.params is seen[1]
    assert run.latest is seen[4]
    assert run.history.validation[1::2].tolist() == [3.0, 1.0, np.inf, 1.0, 2.0]
    assert np.isnan(run.history.validation[::2]).all()


def test_the_best_weights_are_returned_without_patience_too():
    judge, seen = scripted([2.0, 1.0, 3.0, 4.0])
    run = training.fit(
        draw(), GRADIENTS, batches, optim.SGD(0.1), steps=9, validate=judge, every=2, **QUIET
    )
    assert (run.best_step, run.why, run.params) == (4, "all steps done", seen[1])


OPTIMIZERS = {
    "SGD": lambda: optim.SGD(0.02),
    "momentum": lambda: optim.SGD(0.02, 0.9),
    "RMSprop": lambda: optim.RMSprop(0.01, momentum=0.5, centred=True),
    "Adam": lambda: optim.Adam(0.01),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("cut", [0, 3, 5, 8, 12])
def test_a_run_cut_saved_and_resumed_equals_the_uncut_one(name, cut, tmp_path):
    how = {"validate": validate, "every": 2, "patience": 4, "seed": 3, "clip_norm": 1.0, **QUIET}
    how["rate"] = lambda step: 0.02 / step**0.5
    optimizer = OPTIMIZERS[name]()
    uncut = training.fit(draw(), GRADIENTS, batches, optimizer, steps=12, **how)
    optimizer = OPTIMIZERS[name]()
    half = training.fit(draw(), GRADIENTS, batches, optimizer, steps=cut, **how)
    training.save(tmp_path / "run.npz", half, optimizer)
    del half, optimizer
    fresh = type(OPTIMIZERS[name]())(0.5)  # of other settings
    half = training.load(tmp_path / "run.npz", draw(seed=1), fresh)
    assert type(half.params.cell) is elman.ElmanParams
    run = training.fit(draw(seed=1), GRADIENTS, batches, fresh, steps=12, resume=half, **how)
    same_run(run, uncut)
    assert (np.diff(run.history.seconds) >= 0).all()


def windows(rng):
    """A pass of three windows that follow each other."""
    x = rng.standard_normal((12, 3, 1))
    for n in range(0, 12, 4):
        yield x[n : n + 4], np.cumsum(x, axis=0)[n : n + 4]


def test_a_carried_state_makes_it_truncated_back_propagation():
    optimizer, params, states = optim.Adam(0.03), draw(), []
    for turn in range(2):
        state = None
        for x, y in windows(np.random.default_rng([0, turn])):
            _, grads, state = GRADIENTS(params, x, y, state=state)
            params = optimizer.step(params, grads)
            states.append(state)
    how = {"carry": True, **QUIET}
    run = training.fit(draw(), GRADIENTS, windows, optim.Adam(0.03), steps=6, **how)
    assert same(run.params, params)
    assert same(run.state, states[-1])
    short = training.fit(draw(), GRADIENTS, windows, optim.Adam(0.03), steps=6, **QUIET)
    assert short.state is None
    assert not same(short.params, params)


@pytest.mark.parametrize("cut", [0, 2, 3, 4])
def test_a_carried_state_survives_a_cut(cut, tmp_path):
    how = {"carry": True, **QUIET}
    uncut = training.fit(draw(), GRADIENTS, windows, optim.Adam(0.1), steps=7, **how)
    optimizer = optim.Adam(0.1)
    half = training.fit(draw(), GRADIENTS, windows, optimizer, steps=cut, **how)
    training.save(tmp_path / "run.npz", half, optimizer)
    state = elman.ElmanState(np.zeros((3, 4))) if cut else None
    fresh = optim.Adam()
    half = training.load(tmp_path / "run.npz", draw(), fresh, state=state)
    run = training.fit(draw(), GRADIENTS, windows, fresh, steps=7, resume=half, **how)
    same_run(run, uncut)
    assert same(run.state, uncut.state)


def test_it_can_be_saved_on_the_way(tmp_path):
    optimizer = optim.Adam(0.1)
    seen = []

    def after(run):
        seen.append((len(run.history.loss), run.why))
        training.save(tmp_path / "run.npz", run, optimizer)
        if len(seen) == 2:
            raise RuntimeError("the power fails")

    how = {"steps": 9, **QUIET}
    with pytest.raises(RuntimeError, match="power"):
        training.fit(draw(), GRADIENTS, batches, optimizer, every=3, after=after, **how)
    assert seen == [(3, "still running"), (6, "still running")]
    fresh = optim.Adam()
    run = training.load(tmp_path / "run.npz", draw(), fresh)
    run = training.fit(draw(), GRADIENTS, batches, fresh, resume=run, **how)
    same_run(run, training.fit(draw(), GRADIENTS, batches, optim.Adam(0.1), **how))


def test_silent_where_nobody_looks(capfd):
    training.fit(draw(), GRADIENTS, batches, optim.SGD(0.1), steps=3)
    assert capfd.readouterr() == ("", "")
