"""A function is judged by what it returns on hidden cases; nothing hidden gets out."""

import copy
import dataclasses
import re

import numpy as np
import pytest

from autograder.judge.code import hidden_arguments, judge_code
from autograder.judge.render import verdict_text
from autograder.judge.submission import student_seed
from autograder.sandbox.errors import Ending, SessionEnded
from autograder.sandbox.inside import values
from autograder.sandbox.replies import CallReply, Raised
from autograder.verdict import Outcome


def in_process(function):
    """A caller that runs ``function`` here, its answer through the wire."""

    def call(arguments):
        try:
            answer = function(*copy.deepcopy(list(arguments)))
        except Exception as error:
            line = error.__traceback__.tb_next.tb_lineno if error.__traceback__.tb_next else 0
            return CallReply(raised=Raised(type(error).__name__, str(error), "leaky", line))
        body = values.Body()
        node = values.encode(answer, body)
        return CallReply(value=values.decode(node, b"".join(body.parts)))

    return call


@pytest.fixture
def judge(item, catalogue):
    def judged(function, seed=1):
        return judge_code(item, in_process(function), seed, catalogue.wrong_answers(item))

    return judged


def right(params, x):
    s = np.zeros((len(x) + 1, x.shape[1]))
    for t in range(len(x)):
        s[t + 1] = params["a"] * s[t] + x[t]
    return s[1:], s[1:].sum()


def points(verdict):
    return {part.name: part.points for part in verdict.parts}


@pytest.mark.parametrize(
    "change",
    [
        lambda s, total: (s, total),
        lambda s, total: [s, total],
        lambda s, total: {"total": total, "s": s},
        lambda s, total: (s.tolist(), float(total)),
        lambda s, total: (s.astype(np.float32), np.float32(total)),
        lambda s, total: (np.asfortranarray(s), np.array([total])),
        lambda s, total: {"s": s, "total": total, "notes": "of no interest"},
    ],
)
def test_a_right_answer_in_any_plain_form_gets_all_points(judge, change):
    verdict = judge(lambda params, x: change(*right(params, x)))
    assert (verdict.outcome, verdict.points) == (Outcome.RIGHT, 4.0)
    assert all(not part.diagnosis for part in verdict.parts)


def test_working_in_place_is_no_fault(judge):
    def in_place(params, x):
        for t in range(1, len(x)):
            x[t] += params.pop("a") * x[t - 1] if len(x) == 2 else params["a"] * x[t - 1]
        return x, x.sum()

    assert judge(in_place).outcome is Outcome.RIGHT


def test_each_output_earns_its_own_points(judge):
    verdict = judge(lambda params, x: (right(params, x)[0], 0.5))
    assert verdict.outcome is Outcome.PARTLY
    assert points(verdict) == {"s": 3.0, "total": 0.0}


def test_an_output_must_be_right_in_every_case(judge):
    def right_unless_one_step(params, x):
        s, total = right(params, x)
        return (s, total) if len(x) > 1 else (s + 1, total)

    verdict = judge(right_unless_one_step)
    assert points(verdict) == {"s": 0.0, "total": 1.0}
    assert "“one step”: T = 1, B = 3" in verdict.parts[0].diagnosis


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda s, t: None, "returned nothing"),
        (lambda s, t: s, "one array"),
        (lambda s, t: (s, t, t), "3 things"),
        (lambda s, t: {"s": s}, "total is not in"),
        (lambda s, t: (s + 0j, t), "complex"),
        (lambda s, t: (s * np.nan, t), "NaN"),
        (lambda s, t: (s * 1e308 * 10, t), "s "),
        (lambda s, t: (np.array([object()]), t), "an array of objects"),
        (lambda s, t: ("text", t), "cannot be read as numbers"),
        (lambda s, t: (s.T, t), "shape"),
        (lambda s, t: print, "an object of type"),
        (lambda s, t: (np.zeros((0, 3)), t), "shape"),
    ],
)
def test_an_answer_of_the_wrong_form_is_told_in_words(judge, answer, words):
    verdict = judge(lambda params, x: answer(*right(params, x)))
    assert verdict.points < verdict.max_points
    assert words in verdict_text(verdict)


# ------------------------------------------------------------------------------------- mistakes


def test_a_known_mistake_is_named_with_its_hint(judge):
    def wrong_sign(params, x):
        return right({"a": -params["a"]}, x)

    verdict = judge(wrong_sign)
    assert verdict.mistakes == ("sign", "sign")
    assert {part.hint for part in verdict.parts} == {"Does the past push or pull?"}


def test_two_mistakes_in_two_outputs_are_both_named(judge):
    def twice_wrong(params, x):
        s, _ = right({"a": 1.0}, x)
        return s, right(params, x)[0].mean()

    found = {part.name: part.mistake for part in judge(twice_wrong).parts}
    assert found == {"s": "no-leak", "total": "mean"}


def test_a_mistake_is_named_only_if_it_fits_every_case(judge):
    def another(params, x):
        return right({"a": -params["a"] if len(x) > 1 else params["a"]}, x + (x.shape[1] == 1))

    assert judge(another).mistakes == ()


def test_a_float32_mistake_is_recognised(judge):
    def wrong_sign(params, x):
        s, total = right({"a": -params["a"]}, x)
        return s.astype(np.float32), np.float32(total)

    assert judge(wrong_sign).mistakes == ("sign", "sign")


# ------------------------------------------------------------------------- what does not answer


def test_an_unwritten_function_is_missing_not_wrong(judge):
    def blank(params, x):
        raise NotImplementedError

    verdict = judge(blank)
    assert (verdict.outcome, verdict.points) == (Outcome.MISSING, 0.0)
    assert "not written yet" in verdict.diagnosis


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (CallReply(missing=True), "no function leaky"),
        (CallReply(missing=True, found_type="int"), "a int"),
        (CallReply(missing=True, found_type="<script>"), "other thing"),
    ],
)
def test_a_missing_function_is_told(item, reply, words):
    verdict = judge_code(item, lambda arguments: reply, 1)
    assert verdict.outcome is Outcome.MISSING
    assert words in verdict.diagnosis
    assert "<" not in verdict.diagnosis


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (Ending.TIMEOUT, Outcome.TIMEOUT),
        (Ending.MEMORY, Outcome.MEMORY),
        (Ending.DIED, Outcome.CRASHED),
        (Ending.PROCESSES, Outcome.CRASHED),
        (Ending.REFUSED, Outcome.REFUSED),
    ],
)
def test_a_process_that_ends_earns_nothing(item, ending, outcome):
    calls = iter(range(100))

    def call(arguments):
        if next(calls) == 2:
            raise SessionEnded(ending, "as it was")
        return in_process(right)(arguments)

    verdict = judge_code(item, call, 1)
    assert (verdict.outcome, verdict.points) == (outcome, 0.0)
    assert sum(part.max_points for part in verdict.parts) == verdict.max_points
    assert verdict.diagnosis


@pytest.mark.parametrize("ends", [False, True])
def test_what_an_earlier_call_left_behind_costs_nothing(item, ends):
    """It is asked again alone; what is right at once is not."""
    alone, together = [], []

    def call(arguments):
        alone.append(arguments)
        return in_process(right)(arguments)

    def calls(arguments):
        together.append(arguments)
        if len(together) < 3:
            return in_process(right)(arguments)
        if ends:
            raise SessionEnded(Ending.DIED, "as it was")
        return CallReply(value=(np.zeros(1), 0.0))

    verdict = judge_code(item, call, 1, public=CallReply(), calls=calls)
    assert verdict.points == verdict.max_points
    assert (len(together), len(alone)) == (3, len(item.cases) - 2)


def test_only_what_could_still_cost_points_is_asked_again(item):
    alone, together = [], []

    def call(arguments):
        alone.append(arguments)
        return in_process(wrong_loss)(arguments)

    def wrong_loss(params, x):
        return right(params, x)[0], 7.0

    def all_wrong_in_the_third(arguments):
        together.append(arguments)
        h, loss = wrong_loss(*arguments)
        return CallReply(value=(h + 1 if len(together) == 3 else h, loss))

    shared = in_process(right)
    assert judge_code(item, call, 1, public=CallReply(), calls=shared).points > 0 and not alone
    verdict = judge_code(item, call, 1, public=CallReply(), calls=in_process(wrong_loss))
    assert len(alone) == 1, "the loss is lost once"
    alone.clear()
    same = judge_code(item, call, 1, public=CallReply(), calls=all_wrong_in_the_third)
    assert same == verdict and 0 < same.points < same.max_points
    assert len(alone) == 1 + len(item.cases) - 2, "from the third, each alone"


def test_too_large_an_answer_is_refused(item):
    verdict = judge_code(item, lambda arguments: CallReply(large=True), 1)
    assert verdict.outcome is Outcome.REFUSED


def test_an_exception_that_everybody_can_see_is_shown_with_its_text(judge):
    def broken(params, x):
        return x[99]

    verdict = judge(broken)
    assert verdict.outcome is Outcome.CRASHED
    assert "IndexError in line" in verdict.diagnosis
    assert "index 99 is out of bounds" in verdict.diagnosis


def test_the_text_of_an_exception_on_a_hidden_case_stays_hidden(judge):
    def broken_for_one_step(params, x):
        if len(x) == 1:
            raise ValueError(f"x is {x!r}")
        return right(params, x)

    verdict = judge(broken_for_one_step)
    assert verdict.points == 0
    assert "ValueError" in verdict.diagnosis
    assert "“one step”" in verdict.diagnosis
    assert "x is" not in verdict_text(verdict)


def test_a_made_up_type_of_exception_carries_nothing_out(judge):
    def leaking(params, x):
        name = "E" + str(abs(float(x[0, 0]))).replace(".", "_")
        raise type(name, (Exception,), {})("text")

    text = verdict_text(judge(leaking))
    assert "an exception of its own" in text
    assert "E0" not in text
    assert "E1" not in text


def test_no_hidden_number_appears_in_feedback(item, catalogue):
    def spying(params, x):
        raise RuntimeError(f"{params} {x.tolist()}")

    for function in (spying, lambda params, x: (x * 0 + 1, 7.5), lambda params, x: x, right):
        verdict = judge_code(item, in_process(function), 5, catalogue.wrong_answers(item))
        text = verdict_text(verdict)
        if function is spying:
            text = text.partition(": {'a'")[0]  # of the visible case, which the student has
        for number in range(len(item.cases)):
            arguments = hidden_arguments(item, 5, number)
            truth = item.exercise.solve(**arguments)
            hidden = [arguments["params"]["a"], *arguments["x"].flat]
            hidden += [*np.ravel(truth["s"]), float(truth["total"])]
            for value in hidden:
                assert f"{abs(value):.3f}"[:5] not in re.findall(r"\d+\.\d+", text)
                assert f"{value:.6g}" not in text


# ----------------------------------------------------------------------------------------- seeds


def test_the_same_seed_draws_the_same_cases(item):
    first, again = (hidden_arguments(item, 9, 0) for _ in range(2))
    assert np.array_equal(first["x"], again["x"])


def test_students_runs_cases_and_items_get_different_numbers(item):
    other = dataclasses.replace(item, cell="other-check")
    drawn = [
        hidden_arguments(item, student_seed(1, "ada"), 0),
        hidden_arguments(item, student_seed(2, "ada"), 0),
        hidden_arguments(item, student_seed(1, "bob"), 0),
        hidden_arguments(item, student_seed(1, "ada"), 2),
        hidden_arguments(other, student_seed(1, "ada"), 0),
        item.exercise.draw(np.random.default_rng(item.exercise.public_seed)),
    ]
    assert len({d["x"].flat[0] for d in drawn}) == len(drawn)


def test_any_name_of_a_student_gives_a_seed():
    names = ["", "zoë", "名前", "a" * 10_000, "\ud800"]
    assert len({student_seed(1, name) for name in names}) == len(names)


def test_a_large_seed_is_a_seed(judge):
    assert judge(right, seed=2**63 + 5).outcome is Outcome.RIGHT
