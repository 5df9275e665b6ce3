"""The assignment on gated cells: its truths by independent routes."""

import numpy as np
import pytest
import torch

from autograder.assignments.gated import derivation, networks
from autograder.judge.export import public_values
from rnncourse.checks import registry
from rnncourse.derivation import parse_line
from rnncourse.derivation.algebra import Evaluator
from rnncourse.derivation.exercises import public_draw
from rnncourse.derivation.values import Draw

EXERCISES = registry.exercises("gated")


def drawn(name, seed=3, **options):
    exercise = EXERCISES[name]
    arguments = exercise.draw(np.random.default_rng(seed), **options)
    return arguments, exercise.truth(arguments)


def as_torch(module, weights):
    names = dict(
        zip(("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"), weights, strict=True)
    )
    module.load_state_dict({k: torch.tensor(v) for k, v in names.items()})
    return module


def test_the_lstm_is_pytorchs_forward_and_backward():
    arguments, truth = drawn("gated.lstm_backward")
    p = arguments["params"]
    module = as_torch(
        torch.nn.LSTM(3, 5).double(), (p["W_ih"], p["W_hh"], p["b"], np.zeros_like(p["b"]))
    )
    x, h0, c0 = (torch.tensor(arguments[k], requires_grad=True) for k in ("x", "h0", "c0"))
    h, (_, c) = module(x, (h0[None], c0[None]))
    (h * torch.tensor(arguments["d_h"])).sum().backward()
    theirs = {
        "d_x": x.grad,
        "d_h0": h0.grad,
        "d_c0": c0.grad,
        "d_W_ih": module.weight_ih_l0.grad,
        "d_W_hh": module.weight_hh_l0.grad,
        "d_b": module.bias_ih_l0.grad,
    }
    for name, value in theirs.items():
        np.testing.assert_allclose(truth[name], value.numpy(), atol=1e-12)
    _, forward = drawn("gated.lstm_forward")
    np.testing.assert_allclose(forward["h"], h.detach().numpy(), atol=1e-12)
    np.testing.assert_allclose(forward["c"][-1], c[0].detach().numpy(), atol=1e-12)


def test_the_gru_after_is_pytorchs_and_the_four_differ():
    arguments, truth = drawn("gated.gru")
    p = arguments["params"]
    module = as_torch(torch.nn.GRU(3, 5).double(), (p["W_ih"], p["W_hh"], p["b_ih"], p["b_hh"]))
    with torch.no_grad():
        h, _ = module(torch.tensor(arguments["x"]), torch.tensor(arguments["h0"])[None])
    np.testing.assert_allclose(truth["after_kept"], h.numpy(), atol=1e-12)
    values = list(truth.values())
    for n, one in enumerate(values):
        assert all(np.abs(one - other).max() > 0.05 for other in values[n + 1 :])


def test_before_is_as_on_paper():
    arguments, truth = drawn("gated.gru", T=4, B=1)
    p, h = arguments["params"], arguments["h0"][0]
    W = np.split(p["W_hh"], 3)
    U, b, d = (np.split(p[k], 3) for k in ("W_ih", "b_ih", "b_hh"))
    for t, x in enumerate(arguments["x"][:, 0]):
        r, z = (1 / (1 + np.exp(-(b[k] + U[k] @ x + W[k] @ h + d[k]))) for k in (0, 1))
        n = np.tanh(b[2] + U[2] @ x + W[2] @ (r * h) + d[2])
        h = (1 - z) * h + z * n
        np.testing.assert_allclose(truth["before_new"][t, 0], h, atol=1e-12)


def test_swapped_weights_do_the_same_in_the_other_convention():
    arguments, truth = drawn("gated.gru")
    swapped = EXERCISES["gated.swap"].truth({"params": arguments["params"]})
    other = EXERCISES["gated.gru"].truth({**arguments, "params": swapped})
    for reset in ("after", "before"):
        np.testing.assert_allclose(other[f"{reset}_new"], truth[f"{reset}_kept"], atol=1e-13)


def test_the_lstms_equations_hold_in_every_draw_and_the_public_one_is_current():
    item = derivation.ITEM
    draw = Draw.of(item.truth(np.random.default_rng(9)))
    evaluate = Evaluator(item.exercise, draw)
    for text in item.exercise.network:
        line = parse_line(text, item.exercise)
        for t in range(1, draw.steps + 1):
            got = evaluate(line.expressions[0], {"t": t})
            np.testing.assert_allclose(got, evaluate(line.target, {"t": t}), rtol=1e-12)
    assert set(draw.values) == {s.name for s in item.exercise.symbols}
    exported, fresh = public_draw("gated.lstm").plain()["values"], public_values(item.truth)
    for name in ("dc", "dplus_h"):
        np.testing.assert_allclose(exported[name][1:], fresh["values"][name][1:], atol=1e-12)
    np.testing.assert_allclose(exported["dc0"], fresh["values"]["dc0"], atol=1e-12)


def test_immediate_and_total_derivative_differ_but_at_the_end():
    draw = Draw.of(networks.LSTM(np.random.default_rng(1)))
    immediate, total = (np.array(draw.values[n][1:]) for n in ("dplus_h", "dh"))
    np.testing.assert_allclose(immediate[-1], total[-1], atol=1e-14)
    assert np.abs(immediate[:-1] - total[:-1]).max() > 0.05


def test_the_first_cells_gradient_agrees_with_a_difference():
    """The truth itself, without autograd: nudge c[0], run the equations, look at the loss."""
    draw = Draw.of(networks.LSTM(np.random.default_rng(3)))
    v = {k: np.array(value) for k, value in draw.values.items() if k[:2] in ("W_", "U_", "b_")}
    x, y = draw.values["x"], draw.values["y"]

    def sigmoid(a):
        return 1 / (1 + np.exp(-a))

    def loss(c):
        h, total = np.array(draw.values["h"][0]), 0.0
        for t in range(1, draw.steps + 1):
            a = {g: v[f"b_{g}"] + v[f"W_{g}"] @ h + v[f"U_{g}"] @ np.array(x[t]) for g in "ifgo"}
            c = sigmoid(a["f"]) * c + sigmoid(a["i"]) * np.tanh(a["g"])
            h = sigmoid(a["o"]) * np.tanh(c)
            total += ((h - np.array(y[t])) ** 2).sum() / 2
        return float(total)

    c0 = np.array(draw.values["c"][0])
    for k in range(3):
        nudge = np.zeros_like(c0)
        nudge[k] = 1e-6
        slope = (loss(c0 + nudge) - loss(c0 - nudge)) / 2e-6
        assert slope == pytest.approx(draw.values["dc0"][k][0], rel=1e-6)
