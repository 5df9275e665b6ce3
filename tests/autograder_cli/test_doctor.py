import json
import sys
from collections import namedtuple

import pytest

from autograder.cli import doctor
from autograder.sandbox import SandboxUnavailable, sandbox

Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize(
    ("version", "status"),
    [((3, 10), "fail"), ((3, 11), "ok"), ((3, 13), "ok"), ((3, 14), "warn"), ((4, 0), "warn")],
)
def test_python_versions(version, status):
    check = doctor.python(version)
    assert check.status == status
    assert bool(check.remedy) == (status != "ok")


@pytest.mark.parametrize(("gib", "status"), [(0.1, "fail"), (1, "warn"), (10, "ok")])
def test_disk(monkeypatch, tmp_path, gib, status):
    monkeypatch.setattr(
        doctor.shutil, "disk_usage", lambda path: Usage(0, 0, int(gib * doctor.GIB))
    )
    assert doctor.disk(tmp_path / "not" / "yet").status == status


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("MemTotal: 9 kB\nMemAvailable: 1000000 kB\n", "warn"),
        ("MemAvailable: 99000000 kB\n", "ok"),
        ("nothing", "warn"),
    ],
)
def test_memory(tmp_path, text, status):
    (tmp_path / "meminfo").write_text(text)
    assert doctor.memory(tmp_path / "meminfo").status == status


def test_a_missing_package_and_a_wrong_nbgrader_fail(monkeypatch):
    def version(name):
        if name == "jinja2":
            raise doctor.metadata.PackageNotFoundError(name)
        return "0.10.1" if name == "nbgrader" else "1.0"

    monkeypatch.setattr(doctor.metadata, "version", version)
    failed = {c.name: c.remedy for c in doctor.packages() if c.status == "fail"}
    assert failed == {"jinja2": doctor.INSTALL, "nbgrader": "pip install 'nbgrader>=0.9.5,<0.10'"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("0.9.6", (0, 9, 6)), ("0.10.0rc1", (0, 10, 0)), ("2.13.0+cpu", (2, 13, 0))],
)
def test_versions_compare_as_numbers(text, wanted):
    assert doctor._version(text) == wanted


def test_no_sandbox_comes_with_its_remedy(monkeypatch):
    def unavailable(self):
        raise SandboxUnavailable("No bubblewrap.\n\n  Debian  sudo apt install bubblewrap")

    monkeypatch.setattr(sandbox.Sandbox, "__enter__", unavailable)
    check = doctor.sandbox()
    assert (check.status, check.text) == ("fail", "No bubblewrap.")
    assert "sudo apt install bubblewrap" in check.remedy


def test_a_broken_part_does_not_hide_the_others(run, monkeypatch, tmp_path):
    def broken():
        raise NameError("half written")

    monkeypatch.setattr(doctor, "assignments", broken)
    monkeypatch.setattr(doctor, "sandbox", lambda: doctor.Check("sandbox", "ok", "starts"))
    result = run("doctor", "-c", tmp_path, "--json")
    assert result.exit_code == 2
    checks = {c["name"]: c for c in json.loads(result.stdout)}
    assert "half written" in checks["broken"]["text"]
    assert checks["sandbox"]["status"] == "ok"
    assert checks["gradebook"]["status"] == "ok"
    assert "cannot grade yet: broken" in result.stderr


def test_a_half_made_course_is_told(tmp_path):
    (tmp_path / "course.json").write_text("{")
    assert doctor.gradebook(tmp_path).status == "fail"


def test_a_good_course_is_told(course):
    check = doctor.gradebook(course.root)
    assert check.status == "ok"
    assert "course c" in check.text


@pytest.mark.sandbox
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="grading needs Linux")
def test_here_all_is_well(run, course):
    result = run("doctor", "-c", course.root)
    assert result.exit_code == 0, result.output
    assert "Ready to grade." in result.stdout
