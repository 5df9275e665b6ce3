"""Would the gradient check notice a mistake in attention's way back? Make each one, and see."""

import inspect
import textwrap

import numpy as np
import pytest

from rnncourse import attention, attention_scores, gradcheck

# kind of attention | class and method | right | wrong
MISTAKES = """
dot | Attention.look_backward | w * (d_w - | (d_w -
dot | Attention.look_backward | (d_w - (w | (d_w + (w
dot | Attention.look_backward | (d_w - (w * d_w).sum(axis=2, keepdims=True)) | d_w
dot | Attention.look_backward | (w * d_w).sum(axis=2 | (w * d_w).sum(axis=1
dot | Attention.look_backward | (w * d_w).sum( | d_w.sum(
dot | Attention.look_backward | w.transpose(0, 2, 1) @ d_c | -w.transpose(0, 2, 1) @ d_c
dot | Attention.look_backward | d_c @ memory | -d_c @ memory
dot | Attention.backward | return d_query, d_keys, d_values | return d_query, d_values, d_keys
general | Attention.backward | _tree.apply(np.add, grads, of_keys) | grads
additive | Attention.backward | _tree.apply(np.add, grads, of_keys) | of_keys
additive | Attention.backward | _tree.apply(np.add, | _tree.apply(np.subtract,
dot | Dot.score_backward | d_query = d_e @ | d_query = -d_e @
dot | Dot.score_backward | d_p = d_e.transpose | d_p = -d_e.transpose
dot | Dot.score_backward | d_e @ p.transpose(1, 0, 2) | d_e @ p[::-1].transpose(1, 0, 2)
dot | Dot.score_backward | @ query.transpose(1, 0, 2) | @ query[::-1].transpose(1, 0, 2)
scaled_dot | Dot.score_backward | d_e = d_e * self._scale(p) | pass
scaled_dot | Dot.score_backward | d_e * self._scale(p) | d_e / self._scale(p)
general | General.keyed_backward | d_p @ params.W | -d_p @ params.W
general | General.keyed_backward | d_p @ params.W | d_p @ params.W[::-1]
general | General.keyed_backward | _outer(d_p, keys) | -_outer(d_p, keys)
general | General.keyed_backward | _outer(d_p, keys) | _outer(d_p, keys[::-1])
general | General.keyed_backward | _outer(d_p, keys) | _outer(keys, d_p)
general | General.score_backward | return d_query, | return -d_query,
general | General.score_backward | return d_query, d_p, | return d_query, 0 * d_p,
additive | Additive.keyed_backward | _outer(d_p, keys) | _outer(d_p, keys[::-1])
additive | Additive.keyed_backward | _outer(d_p, keys) | -_outer(d_p, keys)
additive | Additive.keyed_backward | d_p @ params.W_k | -d_p @ params.W_k
additive | Additive.keyed_backward | d_p @ params.W_k | d_p @ params.W_k[::-1]
additive | Additive.score_backward | (1 - z**2) | (1 + z**2)
additive | Additive.score_backward | (1 - z**2) | (1 - z)
additive | Additive.score_backward | d_e * params.v * | d_e *
additive | Additive.score_backward | d_e.reshape(-1) @ z | -d_e.reshape(-1) @ z
additive | Additive.score_backward | d_e.reshape(-1) @ z. | d_e.reshape(-1) @ d_a.
additive | Additive.score_backward | d_q = d_a.sum(axis=1) | d_q = d_a.mean(axis=1)
additive | Additive.score_backward | _outer(d_q, query) | _outer(d_q, query[::-1])
additive | Additive.score_backward | _outer(d_q, query) | _outer(query, d_q)
additive | Additive.score_backward | return d_q @ params.W_q, | return d_q @ params.W_q.T,
additive | Additive.score_backward | d_a.sum(axis=0), grads | d_a[0], grads
"""
ALL = [line.split(" | ") for line in MISTAKES.strip().splitlines()]


def worst(kind):
    """The largest error of the gradient of a random loss, S = 3, T = 4, B = 2."""
    rng = np.random.default_rng(0)
    looks = getattr(attention, kind)
    Q, D, V = 3, 3 if "dot" in kind else 2, 5
    params = looks.init(rng, Q, D)
    arrays = [rng.standard_normal(shape) for shape in [(3, 2, Q), (4, 2, D), (4, 2, V)]]
    d_context = rng.standard_normal((3, 2, V))
    _, _, cache = looks.forward(params, *arrays, lengths=[4, 3])
    *slopes, grads = looks.backward(cache, d_context)
    report = gradcheck.compare(
        lambda at: (d_context * looks.forward(*at, lengths=[4, 3])[0]).sum(),
        (params, *arrays),
        (grads, *slopes),
    )
    return report.worst


@pytest.mark.parametrize("kind", ["dot", "scaled_dot", "general", "additive"])
def test_without_a_mistake_all_is_well(kind):
    assert worst(kind) < 1e-13


@pytest.mark.parametrize(("kind", "where", "right", "wrong"), ALL, ids=str)
def test_the_check_notices_each_mistake(kind, where, right, wrong, monkeypatch):
    owner, method = where.split(".")
    module = attention if owner == "Attention" else attention_scores
    changed = getattr(module, owner)
    source = textwrap.dedent(inspect.getsource(getattr(changed, method)))
    assert source.count(right) == 1, "the source has changed: mend the list of mistakes"
    scope = dict(vars(module))
    exec("from __future__ import annotations\n" + source.replace(right, wrong), scope)
    monkeypatch.setattr(changed, method, scope[method])
    try:
        error = worst(kind)
    except ValueError:
        return  # shapes that do not fit
    assert not error < 1e-3
