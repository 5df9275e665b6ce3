"""Jordan's network, recurrence from the output and the fully recurrent one: what returns when."""

import inspect

import numpy as np
import pytest
import torch

from rnncourse import (
    elman,
    fully_recurrent,
    gradcheck,
    jordan,
    losses,
    network,
    nn,
    optim,
    output_recurrence,
)

T, B, I, H, K = 6, 3, 2, 5, 4
LENGTHS = [6, 0, 3]
CELLS = {"jordan": (jordan, nn.Jordan), "output": (output_recurrence, nn.OutputRecurrence)}
EACH = pytest.mark.parametrize(("cell", "reading"), CELLS.values(), ids=CELLS)
HOW = [{"feedback": "softmax"}, {"feedback": "logits"}, {"feedback": "decision"}, {"teacher": True}]
WAYS = pytest.mark.parametrize("how", HOW, ids=lambda how: how.get("feedback", "teacher"))


def draw(cell):
    rng = np.random.default_rng(0)
    params, x = cell.init(rng, I, H, K), rng.standard_normal((T, B, I))
    state = type(cell.forward(params, x)[1])(*rng.standard_normal((2, B, K)))
    y = np.eye(K)[rng.integers(K, size=(T, B))]
    return params, x, state, y, rng.standard_normal((T, B, K)), rng.standard_normal((2, B, K))


def close(ours, theirs):
    return ours == pytest.approx(np.asarray(theirs), rel=1e-12, abs=1e-13)


@EACH
@WAYS
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=str)
def test_equals_automatic_differentiation(cell, reading, how, lengths):
    params, x, state, y, d_o, d_end = draw(cell)
    if lengths:
        beyond = np.arange(T)[:, None] >= np.array(lengths)
        x[beyond] = y[beyond] = np.nan
        d_o = np.where(beyond[:, :, None], 0, d_o)
    given = {"teacher": y} if "teacher" in how else how
    o, end, cache = cell.forward(params, x, state, lengths=lengths, **given)
    d_x, grads, d_state = cell.backward(cache, d_o, type(state)(*d_end))

    module = reading.from_params(params, feedback=how.get("feedback", "softmax"))
    inputs = [torch.tensor(a, requires_grad=True) for a in (x, *state)]
    taught = {"teacher": torch.tensor(y)} if "teacher" in how else {}
    theirs, their_end = module(inputs[0], tuple(inputs[1:]), lengths, **taught)
    pairs = [(theirs, d_o), *zip(their_end, d_end, strict=True)]
    sum((a * torch.tensor(d)).sum() for a, d in pairs).backward()
    assert close(o, theirs.detach())
    assert all(close(a, b.detach()) for a, b in zip(end, their_end, strict=True))
    wanted = [p.grad if p.grad is not None else torch.zeros_like(p) for p in inputs]
    assert all(close(a, b) for a, b in zip((d_x, *d_state), wanted, strict=True))
    for name, grad in grads._asdict().items():
        assert close(grad, module.get_parameter(name).grad), name


@EACH
@WAYS
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=str)
def test_every_gradient_by_complex_step(cell, how, lengths, reading):
    params, x, state, y, d_o, d_end = draw(cell)
    given = {"teacher": y} if "teacher" in how else how

    def loss(at):
        o, end, _ = cell.forward(at[0], at[1], at[2], lengths=lengths, **given)
        return (o * d_o).sum() + sum((a * d).sum() for a, d in zip(end, d_end, strict=True))

    _, _, cache = cell.forward(params, x, state, lengths=lengths, **given)
    d_x, grads, d_state = cell.backward(cache, d_o, type(state)(*d_end))
    report = gradcheck.compare(loss, (params, x, state), (grads, d_x, d_state))
    assert report.worst < 1e-13, report
    assert report.worst_difference < 1e-7, report


@EACH
@WAYS
def test_steps_equal_the_fast_form(cell, how, reading):
    params, x, state, y, d_o, d_end = draw(cell)
    teacher = y if "teacher" in how else None
    feedback = how.get("feedback", "softmax")
    o, end, cache = cell.forward(params, x, state, teacher=teacher, feedback=feedback)
    d_x, grads, d_start = cell.backward(cache, d_o, type(state)(*d_end))
    at, caches = state, []
    for t in range(T):
        y_t = None if teacher is None else teacher[t]
        at, step_cache = cell.step(params, x[t], at, y=y_t, feedback=feedback)
        caches.append(step_cache)
        assert close(at.o, o[t])
    assert all(close(a, b) for a, b in zip(at, end, strict=True))
    d_at, total = type(state)(*d_end), [np.zeros_like(p) for p in params]
    for t in reversed(range(T)):
        d_x_t, d_at, share = cell.step_backward(params, caches[t], d_at._replace(o=d_at.o + d_o[t]))
        total = [a + b for a, b in zip(total, share, strict=True)]
        assert close(d_x[t], d_x_t)
    assert all(close(a, b) for a, b in zip(total, grads, strict=True))
    assert all(close(a, b) for a, b in zip(d_start, d_at, strict=True))


def test_jordan_as_the_chapter_writes_it():
    params, x, _, _, _, _ = draw(jordan)
    U, W, b, V, c, alpha = params
    s, y_hat = np.zeros(K), np.zeros(K)
    states, outputs = [], []
    for x_t in x[:, 0]:
        s = alpha * s + y_hat
        y_hat = losses.softmax(c + V @ np.tanh(b + W @ s + U @ x_t))
        states.append(s)
        outputs.append(y_hat)
    o, end, _ = jordan.forward(params, x[:, :1])
    assert close(losses.softmax(o[:, 0]), outputs)
    assert close(jordan.context(alpha, np.array(outputs)), states)
    assert close(end.s[0], alpha * states[-1] + outputs[-1])


def test_without_self_feedback_jordan_is_recurrence_from_the_output():
    params, x, _, y, d_o, _ = draw(output_recurrence)
    same = jordan.JordanParams(*params, alpha=np.zeros(K))
    for how in ({}, {"teacher": y}):
        o, _, cache = output_recurrence.forward(params, x, **how)
        theirs, _, other = jordan.forward(same, x, **how)
        assert close(o, theirs)
        grads = output_recurrence.backward(cache, d_o)[1]
        assert all(close(a, b) for a, b in zip(grads, jordan.backward(other, d_o)[1], strict=False))


def test_the_teacher_takes_time_out_of_the_gradient():
    params, x, _, y, d_o, _ = draw(output_recurrence)
    _, _, cache = output_recurrence.forward(params, x, teacher=y)
    d_x, _, _ = output_recurrence.backward(cache, np.where(np.arange(T) == 4, d_o.T, 0).T)
    assert d_x[4].any()
    assert not np.delete(d_x, 4, axis=0).any()  # no step hears of another
    inputs = np.concatenate([x, np.vstack([np.zeros((1, B, K)), y[:-1]])], axis=2)
    U = np.hstack([params.W_ih, params.W_oh])
    plain = elman.ElmanParams(U, np.zeros((H, H)), params.b)  # the chapter's check: W = 0
    h, _, _ = elman.forward(plain, inputs)
    assert close(output_recurrence.forward(params, x, teacher=y)[0], h @ params.W_ho.T + params.b_o)


def test_on_its_own_words_the_network_feeds_back_its_decisions():
    params, x, _, _, _, _ = draw(output_recurrence)
    o, end, _ = output_recurrence.forward(params, x, feedback="decision")
    own = np.eye(K)[o.argmax(axis=2)]
    assert close(output_recurrence.forward(params, x, teacher=own)[0], o)
    assert np.array_equal(end.y_hat, own[-1])


@EACH
def test_learns_to_count_from_its_own_last_word(cell, reading):
    # nothing in the input says what is next: 0, 1, 2, 0, … follows from the last output alone
    rng, adam = np.random.default_rng(0), optim.Adam(lr=0.05)
    params = cell.init(rng, 1, 8, 3)
    x, y = np.ones((9, 1, 1)), (np.arange(9) % 3)[:, None]
    for _ in range(80):
        o, _, cache = cell.forward(params, x, teacher=np.eye(3)[y])
        _, d_o = losses.softmax_cross_entropy(o, y)
        params = adam.step(params, cell.backward(cache, d_o)[1])
    o, _, _ = cell.forward(params, np.ones((30, 1, 1)), feedback="decision")
    assert np.array_equal(o.argmax(axis=2).ravel(), np.arange(30) % 3)


@EACH
def test_refusals(cell, reading):
    params, x, state, y, _, _ = draw(cell)
    for wrong, message in [
        ({"teacher": y[:-1]}, r"teacher must have shape \(6, 3, 4\).*got \(5, 3, 4\)"),
        ({"teacher": y.astype("f4")}, "teacher has dtype float32"),
        ({"teacher": y * np.nan}, r"teacher\[0, 0, 0\] must be finite"),
        ({"feedback": "probabilities"}, "feedback must be one of softmax, logits, decision, got"),
        ({"state": state._replace(o=state.o[:1])}, r"state\.o must have shape .*K as in W_ho"),
    ]:
        with pytest.raises(ValueError, match=message):
            cell.forward(params, x, **wrong)
    with pytest.raises(ValueError, match="feedback must be one of"):
        cell.with_feedback("word")
    with pytest.raises(ValueError, match="feedback must be one of"):
        reading(1, 1, feedback="word")
    with pytest.raises(ValueError, match=r"teacher must have shape \(6, 3, 4\), got \(6, 3, 1\)"):
        reading(I, H, K)(torch.zeros(T, B, I), teacher=torch.zeros(T, B, 1))


MISTAKES = [  # where no output returns: what the list of every cell's mistakes does not reach
    ("flat *= flat_o @", "flat *= -flat_o @"),
    ("flat *= flat_o @", "flat *= flat_o[::-1] @"),
    ("d_y = d_a[0] @ params.W_oh", "pass"),
    ("d_y = d_a[0] @ params.W_oh", "d_y = d_a[1] @ params.W_oh"),
    ("d_y = d_a[0] @ params.W_oh", "d_y = -d_a[0] @ params.W_oh"),
    ('if feedback == "decision":', "if True:"),
]


@pytest.mark.parametrize(("right", "wrong"), MISTAKES, ids=str)
def test_no_line_of_the_way_back_is_idle(right, wrong):
    source = inspect.getsource(output_recurrence.backward)
    assert source.count(right) == 1, "the source has changed: mend the list of mistakes"
    params, x, state, y, d_o, d_end = draw(output_recurrence)
    scope = dict(vars(output_recurrence))
    exec(source.replace(right, wrong), scope)
    same = []
    for given in ({"teacher": y}, {}):
        _, _, cache = output_recurrence.forward(params, x, state, **given)
        ours = output_recurrence.backward(cache, d_o, type(state)(*d_end))
        mutant = scope["backward"](cache, d_o, type(state)(*d_end))
        pairs = zip((ours[0], *ours[1], *ours[2]), (mutant[0], *mutant[1], *mutant[2]), strict=True)
        same.append(all(np.allclose(a, b, rtol=1e-6) for a, b in pairs))
    assert not all(same)


def test_the_window_and_its_gradient():
    rng = np.random.default_rng(0)
    params, x = fully_recurrent.init(rng, I, H), rng.standard_normal((T, B, I))
    d_y = rng.standard_normal((T, B, 2))

    def loss(at):
        return (fully_recurrent.seen(fully_recurrent.forward(*at)[0], 2) * d_y).sum()

    _, _, cache = fully_recurrent.forward(params, x)
    d_x, grads, _ = fully_recurrent.backward(cache, fully_recurrent.seen_backward(d_y, H))
    report = gradcheck.compare(loss, (params, x), (grads, d_x))
    assert report.worst < 1e-13, report
    module = nn.FullyRecurrent.from_params(params, output_size=2)
    y_hat, _ = module(torch.tensor(x))
    y_hat.backward(torch.tensor(d_y))
    assert close(fully_recurrent.seen(fully_recurrent.forward(params, x)[0], 2), y_hat.detach())
    for name, grad in grads._asdict().items():
        assert close(grad, module.get_parameter(name).grad), name
    out = fully_recurrent.window(H, 2, scale=4.0)
    o, _ = network.predict(fully_recurrent, network.NetworkParams(params, out), x)
    assert close(o, 4 * y_hat.detach())


def test_it_contains_elmans_network_one_step_late():
    rng = np.random.default_rng(0)
    inner, x = network.init(elman, rng, I, H, K), rng.standard_normal((T, B, I))
    s, _, _ = fully_recurrent.forward(fully_recurrent.contains(inner), x)
    o, _ = network.predict(elman, inner, x)
    assert close(fully_recurrent.seen(s, K)[1:], np.tanh(o[:-1]))


def test_a_window_is_no_wider_than_the_network():
    for call in (
        lambda: fully_recurrent.seen(np.zeros((1, 1, 3)), 4),
        lambda: fully_recurrent.seen_backward(np.zeros((1, 1, 4)), 3),
        lambda: fully_recurrent.window(3, 4),
        lambda: nn.FullyRecurrent(2, 3, output_size=4),
    ):
        with pytest.raises(ValueError, match="output_size must lie between 1 and the number of un"):
            call()
