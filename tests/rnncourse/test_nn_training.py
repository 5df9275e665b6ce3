"""The training loop for PyTorch modules, beside the one for NumPy networks."""

import os
import signal

import numpy as np
import pytest
import torch

from rnncourse import checkpoints, losses, lstm, network, optim, training
from rnncourse.nn import LSTM
from rnncourse.nn import training as nn_training

QUIET = {"progress": False}


def batches(rng):
    """Running sums, in passes of five batches."""
    for _ in range(5):
        x = rng.standard_normal((4, 3, 2))
        yield x, np.cumsum(x, axis=0)


class Network(torch.nn.Module):
    """An LSTM with dropout before its output layer."""

    def __init__(self, seed=0, dropout=0.0):
        super().__init__()
        params = network.init(lstm, np.random.default_rng(seed), 2, 4, 2)
        self.cell = LSTM.from_params(params.cell)
        self.dropout = torch.nn.Dropout(dropout)
        self.out = torch.nn.Linear(4, 2, dtype=torch.float64)
        self.load_state_dict(
            {
                **{f"cell.{k}": torch.tensor(a) for k, a in params.cell._asdict().items()},
                "out.weight": torch.tensor(params.out.W_ho),
                "out.bias": torch.tensor(params.out.b_o),
            }
        )

    def forward(self, x):
        return self.out(self.dropout(self.cell(x)[0]))


def loss(module, x, y):
    return ((module(x) - y) ** 2).sum() / (2 * x.shape[1])


def adam(module):
    return torch.optim.Adam(module.parameters(), 0.02)


def same_run(a, b):
    """To the last bit, but for the clock."""
    for ours, theirs in zip(a.history[:3], b.history[:3], strict=True):
        assert np.array_equal(ours, theirs, equal_nan=True)
    for ours, theirs in ((a.params, b.params), (a.latest, b.latest)):
        assert ours.keys() == theirs.keys()
        assert all(np.array_equal(ours[k], theirs[k]) for k in ours)
    assert (a.best_step, a.why) == (b.best_step, b.why)


@pytest.mark.parametrize("clip", [{}, {"clip_norm": 0.5}, {"clip_value": 0.05}], ids=str)
def test_equals_the_numpy_loop(clip):
    how = {"steps": 12, "seed": 5, "rate": lambda step: 0.03 / step, **clip, **QUIET}
    module = Network()
    theirs = nn_training.fit(module, loss, batches, adam(module), **how)

    def gradients(params, x, y):
        return network.loss_and_gradients(lstm, params, x, y, loss=losses.squared_loss)

    params = network.init(lstm, np.random.default_rng(0), 2, 4, 2)
    ours = training.fit(params, gradients, batches, optim.Adam(), **how)
    assert theirs.history.loss == pytest.approx(ours.history.loss, rel=1e-10)
    assert theirs.history.norm == pytest.approx(ours.history.norm, rel=1e-10)
    assert theirs.params["cell.W_hh"] == pytest.approx(ours.params.cell.W_hh, rel=1e-8)
    assert module.cell.to_params().W_hh == pytest.approx(ours.params.cell.W_hh, rel=1e-8)


def test_the_module_ends_with_the_best_weights_and_validates_in_evaluation_mode():
    module, values, seen = Network(dropout=0.5), iter([2.0, 1.0, 3.0, 3.0]), []

    def validate(given):
        seen.append((given.training, torch.is_grad_enabled(), given.out.bias.detach().clone()))
        return next(values)

    how = {"steps": 99, "validate": validate, "every": 2, "patience": 2, **QUIET}
    run = nn_training.fit(module, loss, batches, adam(module), **how)
    assert (run.best_step, run.why) == (4, "no better validation since step 4")
    assert [s[:2] for s in seen] == [(False, False)] * 4
    assert module.training
    assert torch.equal(module.out.bias, seen[1][2])
    assert np.array_equal(run.params["out.bias"], seen[1][2].numpy())
    assert np.array_equal(run.latest["out.bias"], seen[3][2].numpy())


@pytest.mark.parametrize("cut", [0, 3, 7])
@pytest.mark.parametrize(
    "make",
    [adam, lambda module: torch.optim.SGD(module.parameters(), 0.02, momentum=0.9)],
    ids=["Adam", "momentum"],
)
def test_a_run_cut_saved_and_resumed_equals_the_uncut_one(make, cut, tmp_path):
    """Dropout's masks among it."""
    how = {"validate": lambda m: float(m.out.bias.square().sum()), "every": 2, "seed": 3, **QUIET}
    module = Network(dropout=0.5)
    uncut = nn_training.fit(module, loss, batches, make(module), steps=9, **how)
    module = Network(dropout=0.5)
    optimizer = make(module)
    half = nn_training.fit(module, loss, batches, optimizer, steps=cut, **how)
    nn_training.save(tmp_path / "run.npz", half, optimizer)
    torch.manual_seed(cut)  # what happens between changes nothing
    module = Network(seed=1, dropout=0.5)
    optimizer = type(optimizer)(module.parameters(), 0.5)
    half = nn_training.load(tmp_path / "run.npz", module, optimizer)
    run = nn_training.fit(module, loss, batches, optimizer, steps=9, resume=half, **how)
    same_run(run, uncut)
    plain = nn_training.fit(Network(), loss, batches, adam(Network()), steps=1, **QUIET)
    assert plain.history.loss[0] != uncut.history.loss[0]  # the dropout did something


def windows(rng):
    """A pass of three windows that follow each other."""
    x = rng.standard_normal((12, 3, 2))
    for n in range(0, 12, 4):
        yield x[n : n + 4], np.cumsum(x, axis=0)[n : n + 4]


def carried_loss(module, x, y, state):
    h, state = module.cell(x, state)
    return ((module.out(h) - y) ** 2).sum() / (2 * x.shape[1]), state


def test_a_carried_state_equals_the_numpy_loop_and_survives_a_cut(tmp_path):
    def gradients(params, x, y, state):
        return network.loss_and_gradients(lstm, params, x, y, state, loss=losses.squared_loss)

    how = {"carry": True, **QUIET}
    params = network.init(lstm, np.random.default_rng(0), 2, 4, 2)
    ours = training.fit(params, gradients, windows, optim.Adam(0.02), steps=7, **how)
    module = Network()
    uncut = nn_training.fit(module, carried_loss, windows, adam(module), steps=7, **how)
    assert uncut.history.loss == pytest.approx(ours.history.loss, rel=1e-10)
    assert uncut.state.c == pytest.approx(ours.state.c, rel=1e-8)
    module = Network()
    optimizer = adam(module)
    half = nn_training.fit(module, carried_loss, windows, optimizer, steps=5, **how)
    nn_training.save(tmp_path / "run.npz", half, optimizer)
    module = Network(seed=1)
    optimizer = adam(module)
    form = lstm.LSTMState(*np.zeros((2, 3, 4)))
    half = nn_training.load(tmp_path / "run.npz", module, optimizer, state=form)
    run = nn_training.fit(module, carried_loss, windows, optimizer, steps=7, resume=half, **how)
    same_run(run, uncut)
    assert np.array_equal(run.state.c, uncut.state.c)
    with pytest.raises(ValueError, match="loss must return a scalar and the state"):
        nn_training.fit(
            module, lambda m, x, y, state: loss(m, x, y), windows, optimizer, **how, steps=1
        )


def test_pytorch_s_own_random_numbers_are_left_alone():
    torch.manual_seed(0)
    wanted = torch.rand(3)
    module = Network(dropout=0.5)
    torch.manual_seed(0)
    nn_training.fit(module, loss, batches, adam(module), steps=2, **QUIET)
    assert torch.equal(torch.rand(3), wanted)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_ends_after_the_step_at_hand():
    module, asked = Network(), []

    def pressed(module, x, y):
        asked.append(1)
        if len(asked) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return loss(module, x, y)

    optimizer = adam(module)
    run = nn_training.fit(module, pressed, batches, optimizer, steps=9, **QUIET)
    assert (len(run.history.loss), run.why) == (3, "interrupted")
    run = nn_training.fit(module, loss, batches, optimizer, steps=9, resume=run, **QUIET)
    module = Network()
    same_run(run, nn_training.fit(module, loss, batches, adam(module), steps=9, **QUIET))


def test_a_loss_that_is_not_finite_stops_before_the_weights_are_spoilt():
    module, asked = Network(), []

    def spoilt(module, x, y):
        asked.append(1)
        return loss(module, x, y) * (float("nan") if len(asked) == 3 else 1)

    with pytest.raises(nn_training.Diverged, match="the loss is nan at step 3") as caught:
        nn_training.fit(module, spoilt, batches, adam(module), steps=9, **QUIET)
    assert len(caught.value.result.history.loss) == 2
    assert all(torch.isfinite(p).all() for p in module.parameters())


def test_arguments_that_are_no_arrays_pass_and_names_too():
    x = np.ones((2, 1, 2))
    x.flags.writeable = False
    given = [{"x": x, "y": torch.zeros(2, 1, 2, dtype=torch.float64), "lengths": [2]}]

    def named(module, *, x, y, lengths):
        assert lengths == [2]
        return loss(module, x, y)

    module = Network()
    run = nn_training.fit(module, named, given, adam(module), steps=2, **QUIET)
    assert len(run.history.loss) == 2
    assert x.all()


def test_files_and_options_that_do_not_fit_are_refused(tmp_path):
    path, module = tmp_path / "run.npz", Network()
    optimizer = adam(module)
    with pytest.raises(ValueError, match="clip_norm must be positive, got 0"):
        nn_training.fit(module, loss, batches, optimizer, steps=2, clip_norm=0.0, **QUIET)
    with pytest.raises(ValueError, match="patience must come with validate"):
        nn_training.fit(module, loss, batches, optimizer, steps=2, patience=1, **QUIET)
    run = nn_training.fit(module, loss, batches, optimizer, steps=2, **QUIET)
    nn_training.save(path, run, optimizer)
    with pytest.raises(ValueError, match="holds the memory of Adam, not of SGD"):
        nn_training.load(path, module, torch.optim.SGD(module.parameters(), 0.1))
    small = torch.nn.Linear(2, 2)
    with pytest.raises(ValueError, match=r"missing run\.params\.weight"):
        nn_training.load(path, small, adam(small))
    with pytest.raises(ValueError, match="holds another optimizer's memory"):
        nn_training.load(path, module, torch.optim.Adam([module.out.bias], 0.1))
    state = optimizer.state_dict()
    state["state"][0]["exp_avg"] = torch.zeros(3)
    optimizer.load_state_dict(state)
    nn_training.save(path, run, optimizer)
    fresh = adam(module)
    with pytest.raises(ValueError, match=r"memory: exp_avg \(3,\) for \(16, 2\)"):
        nn_training.load(path, module, fresh)
    assert not fresh.state
    checkpoints.save(path, run)
    with pytest.raises(ValueError, match="is a checkpoint, but not of a run"):
        nn_training.load(path, module, fresh)
