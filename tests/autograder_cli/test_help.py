import subprocess
import sys

import pytest

COMMANDS = [
    "init",
    "release",
    "collect",
    "grade",
    "feedback",
    "export",
    "report",
    "roster",
    "policy",
    "extend",
    "excuse",
    "handed-in",
    "history",
    "similar",
    "verify",
    "doctor",
    "demo",
    "new",
]


def test_the_help_lists_every_command(run):
    result = run("--help")
    assert result.exit_code == 0
    for command in COMMANDS:
        assert command in result.output
    assert "Exit codes" in result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_a_commands_help_has_examples_and_exit_codes(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"autograder {command}" in result.output.split("Examples")[1]
    assert "Exit codes" in result.output


@pytest.mark.parametrize(
    "command", ["grade", "release", "collect", "feedback", "report", "doctor", "policy", "history"]
)
def test_what_a_script_wants_has_json(run, command):
    assert "--json" in run(command, "--help").output


def test_help_loads_nothing_heavy():
    code = (
        "import sys, autograder.cli\n"
        "heavy = {'numpy', 'torch', 'nbgrader', 'sqlalchemy', 'jinja2', 'nbformat', 'IPython'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_version(run):
    result = run("--version")
    assert result.exit_code == 0
    assert result.output.startswith("autograder ")


def test_python_m_autograder_is_the_same():
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("autograder ")
