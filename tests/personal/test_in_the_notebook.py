"""What a student sees of the own network: its equations, the derivation cell, the checks."""

import os
import subprocess
import sys

import numpy as np
import personal_toy as toy
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from rnncourse.checks import my_network
from rnncourse.checks.check import CheckFailed, check, examine
from rnncourse.derivation import Derivation
from rnncourse.notebook import load_ipython_extension

pytestmark = pytest.mark.usefixtures("registered")
MEMBERS = list(toy.KEEPS)


@pytest.fixture
def shell():
    made = InteractiveShell.instance()
    load_ipython_extension(made)
    yield made
    made.user_ns.pop("student", None)
    InteractiveShell.clear_instance()


@pytest.mark.parametrize("member", MEMBERS)
def test_a_students_own_equations(member):
    shown = my_network("toy", toy.FAMILY.stand_in(member))
    assert f"s[t] = {toy.KEEPS[member]} * s[t-1] + P @ x[t]" in repr(shown)
    assert toy.FAMILY.members[member] in repr(shown)
    page = shown._repr_html_()
    assert page.count("<math") == 1 and toy.FAMILY.members[member] in page


@pytest.mark.parametrize("empty", ["", "  ", None, 3])
def test_without_an_id_it_says_what_to_do(empty):
    shown = my_network("toy", empty)
    assert shown.exercise is None
    said = repr(shown) + shown._repr_html_()
    assert "No network yet" in said
    if empty != 3:
        assert 'student = ""' in repr(shown)


def test_an_id_cannot_put_anything_on_the_page():
    page = my_network("toy", "<img src=x onerror=alert(1)>")._repr_html_()
    assert "<img" not in page and "&lt;img" in page


def test_an_unknown_family_is_named():
    with pytest.raises(ValueError, match="there is no 'tyo'; there are toy"):
        my_network("tyo", "ab")


@pytest.mark.parametrize("member", MEMBERS)
def test_the_cell_and_the_check_are_about_the_same_network(shell, member):
    student = toy.FAMILY.stand_in(member)
    shell.user_ns["student"] = student
    with capture_output():
        shell.run_cell_magic("derivation", "toy.mine", toy.answer(member))
    kept = shell.user_ns["mine"]
    assert kept.exercise == f"toy.mine/{member}"
    assert examine("toy.mine", kept, student).passed
    for other in MEMBERS:
        theirs = examine("toy.mine", Derivation(toy.answer(other), kept.exercise), student)
        assert theirs.passed == (other == member)


def test_a_cell_without_an_id_says_so_and_loses_nothing(shell):
    with capture_output() as seen:
        shell.run_cell_magic("derivation", "toy.mine", "ds[T] = s[T]")
    assert 'student = ""' in seen.stdout
    assert shell.user_ns["mine"] == "ds[T] = s[T]"
    report = examine("toy.mine", shell.user_ns["mine"], toy.FAMILY.stand_in("whole"))
    assert not report.problem and report.lines[0].right


def test_a_cell_that_ran_for_another_id_is_to_be_run_again(shell):
    one, other = (toy.FAMILY.stand_in(m) for m in MEMBERS[:2])
    shell.user_ns["student"] = one
    with capture_output():
        shell.run_cell_magic("derivation", "toy.mine", "ds[T] = s[T]")
    report = examine("toy.mine", shell.user_ns["mine"], other)
    assert (
        "another student's network" in report.problem and "%%derivation toy.mine" in report.problem
    )


@pytest.mark.parametrize("name", ["toy.mine", "toy.total"])
def test_a_check_without_an_id_says_what_to_do(name):
    answer = "ds[T] = s[T]" if name == "toy.mine" else len
    for given in ({}, {"student": ""}, {"student": "  "}):
        with pytest.raises(CheckFailed, match='student = ""'):
            check(name, answer, **given)


@pytest.mark.parametrize("member", MEMBERS)
def test_a_function_is_held_against_the_stored_cases_of_its_network(member):
    space = {"np": np}
    exec(toy.total(member), space)
    student = toy.FAMILY.stand_in(member)
    report = examine("toy.total", space["total"], student)
    assert report.passed and report.exercise == "toy.total"
    for other in set(MEMBERS) - {member}:
        assert not examine("toy.total", space["total"], toy.FAMILY.stand_in(other)).passed


def test_a_wrong_name_is_met_with_names_that_can_be_asked_for():
    assert "'toy.total'" in examine("toy.totl", len, "ab").problem
    assert "/" not in examine("toy.nothing", len, "ab").problem


def test_nothing_of_this_needs_pytorch_or_the_autograder():
    """In a process of its own: what a student's notebook imports."""
    code = (
        "import sys\n"
        "from rnncourse.checks import check, my_network\n"
        "import rnncourse.checks.registry, rnncourse.checks.stored\n"
        "bad = [m for m in sys.modules if m.split('.')[0] in ('torch', 'autograder')]\n"
        "assert not bad, bad\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ})
