"""Would the gradient check notice a mistake? Make each one, and see."""

import inspect
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest

from rnncourse import _sequence, check_gradients

# one file for each further cell, `function | right | wrong` on each line
FILES = {path.stem: path for path in Path(__file__).with_name("mistakes").iterdir()}
# by cell: (function, right, wrong): signs flipped, terms dropped, factors transposed, steps shifted
MISTAKES = {
    "elman": [
        # (function, right, wrong): signs flipped, terms dropped, factors transposed, steps shifted
        ("backward", "1 - hs[1:][block] ** 2", "1 + hs[1:][block] ** 2"),
        ("backward", "1 - hs[1:][block] ** 2", "1 - hs[1:][block]"),
        ("backward", "1 - hs[1:][block] ** 2", "1 - hs[block] ** 2"),
        ("backward", "d_now += seen", "d_now[:] = seen"),
        ("backward", "d_now += seen", "d_now -= seen"),
        ("backward", "d_a_t *= d_now", "pass"),
        ("backward", "d_a_t *= d_now", "d_a_t *= seen"),
        ("backward", "times_W_hh(d_a_t,", "times_W_hh(-d_a_t,"),
        ("backward", "times(params.W_hh,", "times(params.W_hh.T,"),
        ("backward", "times_W_hh(d_a_t, d_now)", "d_now[:] = 0"),
        ("backward", "hs[block].reshape", "hs[1:][block].reshape"),
        ("backward", "d_W_ih += flat.T", "d_W_ih -= flat.T"),
        ("backward", "d_W_hh += flat.T", "d_W_hh -= flat.T"),
        ("backward", "d_b += flat.sum(axis=0)", "d_b += flat.mean(axis=0)"),
        ("backward", "np.matmul(flat, params.W_ih", "np.matmul(-flat, params.W_ih"),
        ("backward", "ElmanState(d_now)", "ElmanState(-d_now)"),
        ("backward", "_sequence.seen(d_h, d_state.h,", "_sequence.seen(d_h, 0 * d_state.h,"),
        ("step_backward", "1 - cache.h**2", "1 + cache.h**2"),
        ("step_backward", "1 - cache.h**2", "1 - cache.h_before**2"),
        ("step_backward", "* d_state.h", "+ d_state.h"),
        ("step_backward", "W_hh=d_a.T @ cache.h_before", "W_hh=d_a.T @ cache.h"),
        ("step_backward", "W_hh=d_a.T @ cache.h_before", "W_hh=cache.h_before.T @ d_a"),
        ("step_backward", "ElmanState(d_a @ params.W_hh)", "ElmanState(d_a @ params.W_hh.T)"),
        ("step_backward", "ElmanState(d_a @ params.W_hh)", "ElmanState(d_a)"),
        ("step_backward", "b=d_a.sum(axis=0)", "b=d_a[0]"),
    ],
    "gru": [
        ("backward", "= (1 - z) * (1 - n**2)", "= z * (1 - n**2)"),
        ("backward", "= (1 - z) * (1 - n**2)", "= (1 - z) * (1 - n)"),
        ("backward", "= (1 - z) * (1 - n**2)", "= (1 - z) * (1 + n**2)"),
        ("backward", "= r * d_a[:, :, 3]", "= d_a[:, :, 3]"),
        ("backward", "(hs[block] - n) * z * (1 - z)", "(n - hs[block]) * z * (1 - z)"),
        ("backward", "(hs[block] - n) * z * (1 - z)", "(hs[1:][block] - n) * z * (1 - z)"),
        ("backward", "(hs[block] - n) * z * (1 - z)", "(hs[block] - n) * z"),
        ("backward", "p_n[block] * (1 - r) * d_a[:, :, 2]", "p_n[block] * (1 - r) * d_a[:, :, 3]"),
        ("backward", "p_n[block] * (1 - r) * d_a[:, :, 2]", "p_n[block] * d_a[:, :, 2]"),
        ("backward", "p_n[block] * (1 - r) * d_a[:, :, 2]", "(1 - r) * d_a[:, :, 2]"),
        ("backward", "d_a_t *= d_now[:, None]", "pass"),
        ("backward", "d_now += seen", "d_now[:] = seen"),
        ("backward", "d_now *= z_t", "pass"),
        ("backward", "d_now *= z_t", "d_now *= 1 - z_t"),
        ("backward", "d_now += times_W_hh", "d_now -= times_W_hh"),
        ("backward", "times(params.W_hh,", "times(params.W_hh[::-1],"),
        ("backward", "d_a[:, :, 2] = d_a[:, :, 3]", "pass"),
        ("backward", "hs[block].reshape", "hs[1:][block].reshape"),
        ("backward", "d_W_ih += flat.T", "d_W_ih -= flat.T"),
        ("backward", "d_b_hn += d_a[:, :, 2]", "d_b_hn += d_a[:, :, 3]"),
        ("backward", "d_b += flat.sum(axis=0)", "d_b = flat.sum(axis=0) / 2"),
        ("backward", "np.matmul(flat, params.W_ih", "np.matmul(-flat, params.W_ih"),
        ("backward", "GRUState(d_now)", "GRUState(product)"),
        ("step_backward", "(1 - z) * (1 - n**2) * d_h", "(1 - z) * (1 + n**2) * d_h"),
        ("step_backward", "(1 - z) * (1 - n**2) * d_h", "(1 - n**2) * d_h"),
        ("step_backward", "p_n * r * (1 - r) * d_a_n", "p_n * r * d_a_n"),
        ("step_backward", "p_n * r * (1 - r) * d_a_n", "p_n * r * (1 - r) * d_h"),
        ("step_backward", "(before - n) * z", "(before + n) * z"),
        ("step_backward", "d_p_n = r * d_a_n", "d_p_n = d_a_n"),
        ("step_backward", "[d_a_r, d_a_z, d_a_n]", "[d_a_r, d_a_z, d_p_n]"),
        ("step_backward", "[d_a_r, d_a_z, d_p_n]", "[d_a_r, d_a_z, d_a_n]"),
        ("step_backward", "z * d_h + d_p", "d_p"),
        ("step_backward", "z * d_h + d_p", "(1 - z) * d_h + d_p"),
        ("step_backward", "d_p.T @ before", "d_a.T @ before"),
        ("step_backward", "d_p_n.sum(axis=0)", "d_a_n.sum(axis=0)"),
    ],
    "gru_before": [
        ("step_backward", "(1 - z) * (1 - n**2) * d_h", "(1 - z) * (1 + n**2) * d_h"),
        ("step_backward", "(1 - z) * (1 - n**2) * d_h", "z * (1 - n**2) * d_h"),
        ("step_backward", "d_m = d_a_n @ W_hn", "d_m = d_a_n @ W_hn.T"),
        ("step_backward", "d_m = d_a_n @ W_hn", "d_m = d_a_n"),
        ("step_backward", "before * r * (1 - r) * d_m", "before * r * d_m"),
        ("step_backward", "before * r * (1 - r) * d_m", "r * (1 - r) * d_m"),
        ("step_backward", "before * r * (1 - r) * d_m", "before * r * (1 - r) * d_h"),
        ("step_backward", "(before - n) * z", "(before + n) * z"),
        ("step_backward", "(before - n) * z", "(n - before) * z"),
        ("step_backward", "z * d_h + r * d_m", "r * d_m"),
        ("step_backward", "z * d_h + r * d_m", "z * d_h + d_m"),
        ("step_backward", "z * d_h + r * d_m", "z * d_h"),
        ("step_backward", "+ d_a_r @ W_hr", "- d_a_r @ W_hr"),
        ("step_backward", "+ d_a_z @ W_hz", ""),
        ("step_backward", "d_a_n.T @ (r * before)", "d_a_n.T @ before"),
        ("step_backward", "d_a_r.T @ before", "before.T @ d_a_r"),
        ("step_backward", "W_ih=d_a.T @ x", "W_ih=-d_a.T @ x"),
        ("step_backward", "b=d_a.sum(axis=0)", "b=d_a[0]"),
    ],
    "lstm": [
        ("backward", "o * (1 - shown**2)", "o * (1 + shown**2)"),
        ("backward", "o * (1 - shown**2)", "1 - shown**2"),
        ("backward", "o * (1 - shown**2)", "o * (1 - shown)"),
        ("backward", "g * i * (1 - i)", "g * i * (1 + i)"),
        ("backward", "g * i * (1 - i)", "i * (1 - i)"),
        ("backward", "cs[block] * f * (1 - f)", "f * (1 - f)"),
        ("backward", "cs[block] * f * (1 - f)", "cs[1:][block] * f * (1 - f)"),
        ("backward", "i * (1 - g**2)", "i * (1 - g)"),
        ("backward", "i * (1 - g**2)", "g * (1 - g**2)"),
        ("backward", "shown * o * (1 - o)", "shown * (1 - o)"),
        ("backward", "shown * o * (1 - o)", "cs[1:][block] * o * (1 - o)"),
        ("backward", "d_c += slope * d_now", "d_c -= slope * d_now"),
        ("backward", "d_c += slope * d_now", "d_c = slope * d_now"),
        ("backward", "d_c += slope * d_now", "d_c += slope * seen"),
        ("backward", "d_c += slope * d_now", "pass"),
        ("backward", "d_a_t[:, :3] *= d_c[:, None]", "pass"),
        ("backward", "d_a_t[:, 3] *= d_now", "d_a_t[:, 3] *= d_c"),
        ("backward", "d_c *= f_t", "pass"),
        ("backward", "d_c *= f_t", "d_c *= d_a_t[:, 0]"),
        ("backward", "d_now += seen", "d_now[:] = seen"),
        ("backward", "d_now += seen", "d_now -= seen"),
        ("backward", "times_W_hh(row", "times_W_hh(-row"),
        ("backward", "times(params.W_hh,", "times(params.W_hh[::-1],"),
        ("backward", "hs[block].reshape", "hs[1:][block].reshape"),
        ("backward", "d_W_ih += flat.T", "d_W_ih -= flat.T"),
        ("backward", "d_W_hh += flat.T", "d_W_hh -= flat.T"),
        ("backward", "d_b += flat.sum(axis=0)", "d_b += flat.mean(axis=0)"),
        ("backward", "np.matmul(flat, params.W_ih", "np.matmul(-flat, params.W_ih"),
        ("backward", "d_state.c.copy()", "np.zeros_like(d_state.c)"),
        ("backward", "LSTMState(d_now, d_c)", "LSTMState(-d_now, d_c)"),
        ("backward", "LSTMState(d_now, d_c)", "LSTMState(d_c, d_now)"),
        ("step_backward", "d_state.c + o * (1 - tanh_c**2)", "d_state.c - o * (1 - tanh_c**2)"),
        ("step_backward", "d_state.c + o * (1 - tanh_c**2)", "o * (1 - tanh_c**2)"),
        ("step_backward", "d_state.c + o * (1 - tanh_c**2)", "d_state.c + o * (1 + tanh_c**2)"),
        ("step_backward", "g * i * (1 - i) * d_c", "g * i * d_c"),
        ("step_backward", "before.c * f * (1 - f)", "f * (1 - f)"),
        ("step_backward", "i * (1 - g**2)", "i * (1 - g)"),
        ("step_backward", "tanh_c * o * (1 - o) * d_state.h", "tanh_c * o * (1 - o) * d_c"),
        ("step_backward", "[d_a_i, d_a_f, d_a_g, d_a_o]", "[d_a_f, d_a_i, d_a_g, d_a_o]"),
        ("step_backward", "W_hh=d_a.T @ before.h", "W_hh=d_a.T @ before.c"),
        ("step_backward", "W_ih=d_a.T @ x", "W_ih=-d_a.T @ x"),
        (
            "step_backward",
            "LSTMState(d_a @ params.W_hh, f * d_c)",
            "LSTMState(d_a @ params.W_hh, d_c)",
        ),
        ("step_backward", "b=d_a.sum(axis=0)", "b=d_a[0]"),
    ],
    "lstm_coupled": [
        ("step_backward", "d_state.c + o", "d_state.c - o"),
        ("step_backward", "d_state.c + o", "o"),
        ("step_backward", "(1 - tanh_c**2)", "(1 - tanh_c)"),
        ("step_backward", "(before.c - g)", "before.c"),
        ("step_backward", "(before.c - g)", "(g - before.c)"),
        ("step_backward", "f * (1 - f) * d_c", "f * d_c"),
        ("step_backward", "(1 - f) * (1 - g**2)", "f * (1 - g**2)"),
        ("step_backward", "(1 - f) * (1 - g**2)", "(1 - f) * (1 + g**2)"),
        ("step_backward", "tanh_c * o * (1 - o) * d_state.h", "tanh_c * o * (1 - o) * d_c"),
        ("step_backward", "[d_a_f, d_a_g, d_a_o]", "[d_a_g, d_a_f, d_a_o]"),
        ("step_backward", "d_a.T @ before.h", "d_a.T @ before.c"),
        ("step_backward", "f * d_c), grads", "(1 - f) * d_c), grads"),
        ("step_backward", "f * d_c), grads", "d_c), grads"),
        ("step_backward", "W_ih=d_a.T @ x", "W_ih=-d_a.T @ x"),
        ("step_backward", "b=d_a.sum(axis=0)", "b=d_a[0]"),
    ],
    "lstm_peephole": [
        ("step_backward", "+ params.p_o * d_a_o", ""),
        ("step_backward", "+ params.p_o * d_a_o", "- params.p_o * d_a_o"),
        ("step_backward", "+ params.p_i * d_a_i", ""),
        ("step_backward", "+ params.p_f * d_a_f", "+ params.p_i * d_a_f"),
        ("step_backward", "p_i=(d_a_i * before.c)", "p_i=(d_a_i * c)"),
        ("step_backward", "p_f=(d_a_f * before.c)", "p_f=(d_a_i * before.c)"),
        ("step_backward", "p_o=(d_a_o * c)", "p_o=(d_a_o * before.c)"),
        ("step_backward", "d_state.c + o", "d_state.c - o"),
        ("step_backward", "d_state.c + o", "o"),
        ("step_backward", "g * i * (1 - i)", "g * i"),
        ("step_backward", "before.c * f * (1 - f)", "c * f * (1 - f)"),
        ("step_backward", "i * (1 - g**2)", "i * (1 - g)"),
        ("step_backward", "tanh_c * o * (1 - o) * d_state.h", "tanh_c * o * (1 - o) * d_state.c"),
        ("step_backward", "d_a.T @ before.h", "d_a.T @ before.c"),
        ("step_backward", "f * d_c + params.p_i", "d_c + params.p_i"),
        ("step_backward", "W_ih=d_a.T @ x", "W_ih=-d_a.T @ x"),
        ("step_backward", "b=d_a.sum(axis=0)", "b=d_a[0]"),
    ],
}
for name, path in FILES.items():
    MISTAKES[name] = [tuple(line.split(" | ")) for line in path.read_text().splitlines()]  # type: ignore[misc]
ALL = [(name, *mistake) for name, mistakes in MISTAKES.items() for mistake in mistakes]


@pytest.mark.parametrize(("name", "function", "right", "wrong"), ALL, ids=str)
def test_the_check_notices_each_mistake(name, function, right, wrong, in_steps, monkeypatch):
    cell = import_module(f"rnncourse.{name}")
    source = inspect.getsource(getattr(cell, function))
    assert source.count(right) == 1, "the source has changed: mend the list of mistakes"
    scope = dict(vars(cell))
    exec(source.replace(right, wrong), scope)
    monkeypatch.setattr(cell, function, scope[function])
    checked = in_steps(cell) if function == "step_backward" else cell
    three_steps = partial(_sequence.blocks, bytes_per_step=1, budget=3)
    monkeypatch.setattr(_sequence, "blocks", lambda T, _: three_steps(T))  # one seam
    assert not check_gradients(checked, 4, 2, 3, 5).worst < 1e-3


def test_every_cell_is_in_the_list(cell):
    functions = {function for function, _, _ in MISTAKES[cell.name]}
    by_steps = "_by_steps.backward" in inspect.getsource(cell.module.backward)
    assert functions == {"step_backward"} if by_steps else {"backward", "step_backward"}
