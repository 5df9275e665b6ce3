"""What `compare` says of right answers in every form, and of each known form of a wrong one."""

import re

import numpy as np
import pytest

from rnncourse.checks.compare import compare
from rnncourse.checks.registry import find

FORWARD, BACKWARD = find("bptt.forward"), find("bptt.backward")


def solved(exercise, seed=0, **options):
    arguments = exercise.draw(np.random.default_rng(seed), **options)
    truth = exercise.solve(**arguments)
    answer = {output.name: truth[output.name].copy() for output in exercise.outputs}
    return arguments, truth, answer


def findings(exercise, change, seed=0, **options):
    """Findings by output, after `change(answer, truth, arguments)` altered a right answer."""
    arguments, truth, answer = solved(exercise, seed, **options)
    got = change(answer, truth, arguments)
    return compare(exercise, truth, answer if got is None else got, arguments)


def only(found, output, kind):
    assert [(f.output, f.kind) for f in found] == [(output, kind)]
    return found[0].message


@pytest.mark.parametrize(
    "form",
    [
        lambda a: a,
        lambda a: tuple(a.values()),
        lambda a: list(a.values()),
        lambda a: {k: v.tolist() for k, v in a.items()},
        lambda a: {k: np.asarray(v, np.float32) for k, v in a.items()},
        lambda a: {k: np.asfortranarray(v) for k, v in a.items()},
        lambda a: {**a, "something_else": "kept for myself"},
        lambda a: tuple(np.asarray(v, np.float32).tolist() for v in a.values()),
    ],
    ids=["dict", "tuple", "list", "nested", "float32", "fortran", "extra", "float32-as-lists"],
)
@pytest.mark.parametrize("exercise", [FORWARD, BACKWARD], ids=lambda e: e.name)
def test_a_right_answer_passes_in_every_form(exercise, form):
    arguments, truth, answer = solved(exercise)
    assert compare(exercise, truth, form(answer), arguments) == []


def test_integers_and_a_loss_in_brackets_are_read():
    found = findings(FORWARD, lambda a, t, _: {**a, "loss": [a["loss"]]})
    assert found == []
    message = only(findings(FORWARD, lambda a, t, _: {**a, "loss": 3}), "loss", "value")
    assert "off by" in message


def test_float64_is_held_to_more_than_float32():
    def rough(a, t, _):
        a["d_W_hh"] = a["d_W_hh"] * (1 + 2e-5 * np.arange(25).reshape(5, 5))

    only(findings(BACKWARD, rough), "d_W_hh", "value")


@pytest.mark.parametrize(
    ("got", "kind", "says"),
    [
        (None, "nothing", "return"),
        ((1, 2), "count", "returned 2 things, wanted 3"),
        (np.zeros(3), "count", "one array of shape (3,)"),
        (7.0, "count", "one float"),
    ],
)
def test_a_wrong_whole_is_one_finding(got, kind, says):
    found = findings(FORWARD, lambda a, t, _: got) if got is not None else None
    if got is None:
        arguments, truth, _ = solved(FORWARD)
        found = compare(FORWARD, truth, None, arguments)
    assert says in only(found, "", kind)


def test_a_misspelt_key_is_recognised():
    def misspell(a, t, _):
        a["d_Whh"] = a.pop("d_W_hh")

    message = only(findings(BACKWARD, misspell), "d_W_hh", "missing")
    assert "'d_Whh'" in message


@pytest.mark.parametrize(
    ("value", "kind", "says"),
    [
        (None, "nothing", "never computed"),
        ([[1.0], [1.0, 2.0]], "type", "different lengths"),
        (1j * np.zeros((5, 5)), "type", "complex"),
        ("array", "type", "str"),
        (np.full((5, 5), object()), "type", "numbers"),
    ],
)
def test_what_is_no_array_of_numbers_is_named(value, kind, says):
    found = findings(BACKWARD, lambda a, t, _: {**a, "d_W_hh": value})
    assert says in only(found, "d_W_hh", kind)


BACKWARD_FORMS = {
    "transposed": ("d_W_hh", lambda a, t: a.T, "transpose"),
    "sign": ("d_W_hh", lambda a, t: -a, "opposite sign"),
    "factor": ("d_W_hh", lambda a, t: a * 4, "factor 4, the number of sequences B"),
    "factor ": ("d_W_hh", lambda a, t: a / 6, "factor 6, the number of steps T"),
    "factor  ": ("d_b_h", lambda a, t: a * -3, "3 times, with the opposite sign"),
    "zero": ("d_b_h", lambda a, t: 0 * a, "zero everywhere"),
    "one-step": ("d_W_hh", lambda a, t: t["d_W_hh.by_step"].sum(1)[-1], "last step's share"),
    "one-step ": ("d_W_hh", lambda a, t: t["d_W_hh.by_step"].sum(1)[0], "step t = 1 only"),
    "step-missing": ("d_W_hh", lambda a, t: a - t["d_W_hh.by_step"].sum(1)[0], "first step, t = 1"),
    "one-sequence": ("d_b_o", lambda a, t: 4 * t["d_b_o.by_step"].sum(0)[2], "sequence 2 only"),
    "offset": ("d_W_ih", lambda a, t: a + 0.5, "one and the same number"),
    "not-finite": ("d_b_h", lambda a, t: np.where(np.arange(5) == 3, np.nan, a), "d_b_h[3]"),
}


@pytest.mark.parametrize("form", BACKWARD_FORMS)
def test_known_forms_of_a_wrong_gradient(form):
    name, change, says = BACKWARD_FORMS[form]
    found = findings(BACKWARD, lambda a, t, _: {**a, name: change(a[name], t)})
    assert says in only(found, name, form.strip())


SHAPES = {
    "a row": ("d_b_h", lambda a, t: a[None], "shape", "axis of length 1 too many"),
    "a column": ("d_b_h", lambda a, t: a[:, None], "shape", "axis of length 1 too many"),
    "turned": (
        "d_W_ih",
        lambda a, t: a.T,
        "transposed",
        "shape (3, 5), wanted shape (5, 3) = (H, I)",
    ),
    "per step": ("d_W_ih", lambda a, t: t["d_W_ih.by_step"].sum(1), "unsummed", "sum over time"),
    "per sequence": ("d_b_h", lambda a, t: t["d_b_h.by_step"].sum(0), "unsummed", "over the batch"),
    "per both": ("d_b_h", lambda a, t: t["d_b_h.by_step"], "unsummed", "time and batch"),
    "a number": ("d_b_h", lambda a, t: a.sum(), "shape", "a single number"),
    "any": ("d_W_hh", lambda a, t: a[:, :2], "shape", "shape (5, 2)"),
}


@pytest.mark.parametrize("case", SHAPES)
def test_a_wrong_shape_names_both_and_the_reason(case):
    name, change, kind, says = SHAPES[case]
    found = findings(BACKWARD, lambda a, t, _: {**a, name: change(a[name], t)})
    assert says in only(found, name, kind)


FORWARD_FORMS = {
    "late": ("h", lambda a: np.concatenate([a[:1] * 0.5, a[:-1]]), "shifted", "one step late"),
    "early": ("h", lambda a: np.concatenate([a[1:], a[-1:] * 0.5]), "shifted", "one step early"),
    "backwards": ("h", lambda a: a[::-1], "reversed", "backwards in time"),
    "batch first": ("h", lambda a: a.swapaxes(0, 1), "batch-first", "Time comes first"),
    "last only": ("h", lambda a: a[-1], "one-step", "this is the last step's"),
    "with h0": ("h", lambda a: np.concatenate([a[:1], a]), "shape", "One step too many"),
}


@pytest.mark.parametrize("case", FORWARD_FORMS)
def test_known_forms_in_time(case):
    name, change, kind, says = FORWARD_FORMS[case]
    found = findings(FORWARD, lambda a, t, _: {**a, name: change(a[name])})
    assert says in only(found, name, kind)


@pytest.mark.parametrize(
    ("steps", "sequences", "says"),
    [
        ([2], slice(None), "wrong at step t = 3 only"),
        ([0], slice(None), "wrong at step t = 1 (the first) only"),
        ([3, 4, 5], slice(None), "right up to step t = 3 and wrong from t = 4 on"),
        ([0, 1], slice(None), "wrong up to step t = 2 and right from t = 3 on"),
        ([1, 4], slice(None), "wrong at the steps t = 2, 5"),
        (list(range(6)), slice(None), "wrong at every step"),
        (list(range(6)), [1], "wrong for sequence 1 of the batch only"),
    ],
)
def test_it_says_where(steps, sequences, says):
    def spoil(a, t, _):
        noise = np.random.default_rng(5).normal(size=a["h"].shape)
        for step in steps:
            a["h"][step, sequences] += noise[step, sequences]

    message = only(findings(FORWARD, spoil), "h", "value")
    assert says in message
    assert re.search(r"h\[\d, \d, \d\] \(t = \d, sequence \d\)", message)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (slice(3, 6), "wrong in the rows of f only, right in those of i, g and o"),
        (slice(0, 6), "wrong in the rows of i and f only, right in those of g and o"),
        (slice(10, 11), "wrong in the rows of o only"),
        (slice(None), "wrong in every entry"),
    ],
)
def test_it_says_which_gate(rows, says):
    exercise = find("gated.lstm_backward")
    arguments, truth, wrong = solved(exercise, T=3, B=2, I=2, H=3)
    noise = np.random.default_rng(1).uniform(1, 2, size=wrong["d_W_ih"].shape)
    wrong["d_W_ih"][rows] += noise[rows]
    (finding,) = compare(exercise, truth, wrong, arguments)
    assert says in finding.message
    gate = "ifgo"[int(re.search(r"d_W_ih\[(\d+),", finding.message)[1]) // 3]
    assert f"(a row of {gate})" in finding.message


def test_an_unsummed_loss_and_a_mean_over_time():
    found = findings(FORWARD, lambda a, t, _: {**a, "loss": t["loss.by_step"].sum(1)})
    assert "sum over time" in only(found, "loss", "unsummed")
    found = findings(FORWARD, lambda a, t, _: {**a, "loss": a["loss"] / 6})
    assert "number of steps T" in only(found, "loss", "factor")


def test_a_truth_of_zero_is_compared():
    found = findings(
        BACKWARD, lambda a, t, _: {**a, "d_W_hh": np.ones((5, 5))}, T=1, initial_state=False
    )
    assert "should be zero here" in only(found, "d_W_hh", "value")
    assert findings(BACKWARD, lambda a, t, _: None, T=1, initial_state=False) == []


def test_no_message_holds_a_right_value():
    """Numbers in a message are places, sizes, counts and relative errors only."""
    arguments, truth, answer = solved(BACKWARD)
    rng = np.random.default_rng(3)
    got = {k: v + rng.normal(size=v.shape) for k, v in answer.items()}
    for finding in compare(BACKWARD, truth, got, arguments):
        for number in re.findall(r"\d+\.\d+", finding.message):
            assert not np.isclose(np.abs(truth[finding.output]), float(number), rtol=1e-3).any()


def test_without_the_arguments_a_factor_is_still_found():
    _, truth, answer = solved(BACKWARD)
    answer["d_W_hh"] = answer["d_W_hh"] * 4
    assert "4 times" in only(compare(BACKWARD, truth, answer), "d_W_hh", "factor")
