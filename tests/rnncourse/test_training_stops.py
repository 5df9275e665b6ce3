"""How training ends early: an interrupt, numbers that are no longer finite, what it refuses."""

import os
import signal
from functools import partial

import numpy as np
import pytest

from rnncourse import checkpoints, elman, losses, lstm, network, optim, training
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


def scripted(values):
    """A validation that says what it is told."""
    values = iter(values)
    return lambda _: next(values)


def interrupting(at, how):
    """Gradients that are interrupted when they are asked for the n-th time."""
    asked = 0

    def gradients(*batch):
        nonlocal asked
        asked += 1
        if asked == at:
            how()
        return GRADIENTS(*batch)

    return gradients


def press():
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_ends_after_the_step_at_hand_and_nothing_is_lost():
    optimizer = optim.Adam(0.1)
    judge = scripted([1.0, 2.0])
    before = signal.getsignal(signal.SIGINT)
    run = training.fit(
        draw(), interrupting(4, press), batches, optimizer, steps=9, validate=judge, every=2,
        **QUIET,
    )  # fmt: skip
    assert signal.getsignal(signal.SIGINT) is before
    assert (len(run.history.loss), run.why, run.best_step) == (4, "interrupted", 2)
    run = training.fit(draw(), GRADIENTS, batches, optimizer, steps=9, resume=run, **QUIET)
    uncut = training.fit(draw(), GRADIENTS, batches, optim.Adam(0.1), steps=9, **QUIET)
    assert same(run.latest, uncut.latest)


def stop():
    raise KeyboardInterrupt


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize("how", [stop, lambda: (press(), press())], ids=["raised", "pressed twice"])
def test_an_interrupt_that_does_not_wait_returns_what_was_learnt(how):
    run = training.fit(draw(), interrupting(4, how), batches, optim.SGD(0.1), steps=9, **QUIET)
    assert (len(run.history.loss), run.why) == (3, "interrupted")
    assert same(
        run.params, training.fit(draw(), GRADIENTS, batches, optim.SGD(0.1), steps=3).params
    )


def test_a_loss_that_is_not_finite_stops_the_run_and_names_the_step():
    spoilt = interrupting(99, stop)

    def gradients(params, x, y):
        loss, grads, _ = spoilt(params, x, y)
        return (np.nan if len(losses_seen) == 3 else losses_seen.append(loss) or loss), grads

    losses_seen = []
    with pytest.raises(training.Diverged, match=r"loss is nan at step 4 \(loss .*, norm .* at the"):
        training.fit(draw(), gradients, batches, optim.SGD(0.1), steps=9, **QUIET)
    losses_seen = []
    with pytest.raises(FloatingPointError, match="smaller learning rate or clip_norm") as caught:
        training.fit(draw(), gradients, batches, optim.SGD(0.1), steps=9, **QUIET)
    run = caught.value.result
    assert run.history.loss.tolist() == losses_seen
    assert run.why == "diverged"
    assert same(
        run.params, training.fit(draw(), GRADIENTS, batches, optim.SGD(0.1), steps=3).params
    )


def test_a_gradient_or_a_weight_that_is_not_finite_stops_the_run():
    grow = lambda p, x: (1.0, (np.full(1, np.inf),))  # noqa: E731
    with pytest.raises(training.Diverged, match=r"the gradient's norm is inf at step 1\. Try"):
        training.fit((np.ones(1),), grow, [np.ones(1)], optim.SGD(1.0), steps=2, **QUIET)
    with (
        np.errstate(over="ignore", invalid="ignore"),
        pytest.raises(training.Diverged, match=r"weight cell\.W_ih is no longer finite at step 2"),
    ):
        training.fit(draw(), GRADIENTS, batches, optim.SGD(1e308 * 10), steps=9, **QUIET)
    wrong = lambda rng: [(np.ones((4, 3, 2)), np.ones((4, 3, 1)))]  # noqa: E731
    with pytest.raises(ValueError, match=r"x must have shape \(T, B, 1\)"):  # a plain mistake
        training.fit(draw(), GRADIENTS, wrong, optim.SGD(0.1), steps=2, **QUIET)


def test_refusals():
    run = training.fit(draw(), GRADIENTS, batches, optim.SGD(0.1), steps=3, **QUIET)
    for how, message in [
        ({"clip_norm": 1.0, "clip_value": 1.0}, "give one of them"),
        ({"clip_norm": 0.0}, "clip_norm must be positive, got 0.0"),
        ({"clip_value": -1.0}, "clip_value must be positive, got -1.0"),
        ({"every": 0}, "every must be at least 1, got 0"),
        ({"patience": 0, "validate": validate}, "patience must be at least 1, got 0"),
        ({"patience": 1}, "patience must come with validate"),
        ({"seed": -1}, "seed must not be negative, got -1"),
        (
            {"resume": run._replace(best_step=9), "steps": 3},
            "best_step must lie between 0 and its 3",
        ),
        ({"resume": run}, "steps must be at least the 3 done before, got 2"),
    ]:
        with pytest.raises(ValueError, match=message):
            how = {"steps": 2, **how, **QUIET}
            training.fit(draw(), GRADIENTS, batches, optim.SGD(0.1), **how)
    two = lambda params, x, y, state: GRADIENTS(params, x, y, state=state)[:2]  # noqa: E731
    with pytest.raises(ValueError, match="gradients must return the state third"):
        training.fit(draw(), two, batches, optim.SGD(0.1), steps=2, carry=True, **QUIET)
    for given in ([], iter([])):
        with pytest.raises(ValueError, match="batches gave none in pass 1"):
            training.fit(draw(), GRADIENTS, given, optim.SGD(0.1), steps=2, **QUIET)
    once = batches(np.random.default_rng(0))
    with pytest.raises(ValueError, match="none in pass 2; an iterator can be gone through only"):
        training.fit(draw(), GRADIENTS, once, optim.SGD(0.1), steps=6, **QUIET)


def test_a_file_of_something_else_is_refused(tmp_path):
    path, optimizer = tmp_path / "run.npz", optim.Adam(0.1)
    run = training.fit(draw(), GRADIENTS, batches, optimizer, steps=2, **QUIET)
    training.save(path, run, optimizer)
    with pytest.raises(ValueError, match="holds the memory of Adam, not of SGD"):
        training.load(path, draw(), optim.SGD(0.1))
    with pytest.raises(ValueError, match=r"run\.params\.cell\.W_ih has shape \(4, 1\), wanted"):
        training.load(path, draw(H=5), optim.Adam())
    with pytest.raises(ValueError, match="is of kind ElmanParams, wanted LSTMParams"):
        training.load(path, draw(cell=lstm), optim.Adam())
    checkpoints.save(path, draw())
    with pytest.raises(ValueError, match="is a checkpoint, but not of a run"):
        training.load(path, draw(), optim.Adam())
    # whoever made the file, no attribute arises that the optimizer has not
    memory = {"kind": "Adam", **vars(optimizer), "step": 5}
    checkpoints.save(path, {"run": run, "optimizer": memory})
    fresh = optim.Adam()
    with pytest.raises(ValueError, match=r"unexpected optimizer\.step"):
        training.load(path, draw(), fresh)
    assert fresh._n == 0
    checkpoints.save(path, {"run": run, "optimizer": memory | {"step": 1, "lr": "fast"}})
    with pytest.raises(ValueError, match=r"optimizer\.lr is of kind str, wanted float"):
        training.load(path, draw(), fresh)
