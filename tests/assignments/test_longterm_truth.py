"""The Jacobians behind the derivation of leaky units, without automatic differentiation."""

import numpy as np
import pytest

from autograder.assignments.longterm.networks import shares, truth
from rnncourse.derivation.exercises.longterm import MEMBERS


@pytest.mark.parametrize("member", MEMBERS)
def test_they_agree_with_finite_differences(member):
    leak, activation = MEMBERS[member]
    values = truth(member)(np.random.default_rng(4))["values"]
    W, U, b = (np.array(values[name]) for name in "WUb")
    keep, take = shares(leak, values["alpha"][0][0])
    steps = len(values["x"]) - 1
    x = [None, *(np.array(v) for v in values["x"][1:])]

    def act(a):
        return np.tanh(a) if activation == "tanh" else 1 / (1 + np.exp(-a))

    def run(h, first, last, inputs):
        for t in range(first, last + 1):
            h = keep * h + take * act(b + W @ h + U @ inputs[t])
        return h

    def slopes(function, at):
        columns = []
        for i in range(len(at)):
            nudge = np.zeros_like(at)
            nudge[i] = 1e-6
            columns.append((function(at + nudge) - function(at - nudge))[:, 0] / 2e-6)
        return np.stack(columns, axis=1)

    states = [np.array(h) for h in values["h"]]
    for t in range(1, steps + 1):
        close = {"rtol": 1e-6, "atol": 1e-8}
        np.testing.assert_allclose(states[t], run(states[t - 1], t, t, x), rtol=1e-12)
        J = slopes(lambda h, t=t: run(h, t, t, x), states[t - 1])
        np.testing.assert_allclose(values["J"][t], J, **close)
        P = slopes(lambda h, t=t: run(h, t + 1, steps, x), states[t])
        np.testing.assert_allclose(values["P"][t], P, **close)
        D = slopes(
            lambda z, t=t: run(states[t - 1], t, t, {t: z}),
            x[t],
        )
        np.testing.assert_allclose(values["D"][t], D, **close)
        gradient = np.array(values["P"][t]).T @ np.array(values["dh"][steps])
        np.testing.assert_allclose(values["dh"][t], gradient, rtol=1e-9, atol=1e-12)
    G = slopes(lambda z: run(states[0], 1, steps, [None, z, *x[2:]]), x[1])
    np.testing.assert_allclose(values["G"], G, rtol=1e-6, atol=1e-8)
