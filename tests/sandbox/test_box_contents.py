"""What the box is made of, and what is said where there is none."""

import contextlib
import json
import os
import py_compile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.assignment import Limits
from autograder.sandbox import Sandbox, SandboxError, SandboxUnavailable, box, contents
from autograder.sandbox.inside import launch


def test_the_library_is_copied_without_forbidden_modules(tmp_path: Path) -> None:
    forbidden = ("torch", "rnncourse.elman", "rnncourse.checks.exercises")
    contents.copy(tmp_path / "lib", forbidden, ["/usr"])
    assert (tmp_path / "lib/rnncourse/checks/__init__.py").is_file()
    assert (tmp_path / "lib/inside/runner.py").is_file()
    assert not (tmp_path / "lib/rnncourse/elman.py").exists()
    assert not (tmp_path / "lib/rnncourse/checks/exercises").exists()
    compiled = {path.name.partition(".")[0] for path in (tmp_path / "lib").rglob("*.pyc")}
    assert "elman" not in compiled


def test_only_the_compiled_form_of_this_very_text_goes_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "rnncourse"
    package.mkdir()
    for name in ("kept", "changed", "forbidden", "gone"):
        source = package / f"{name}.py"
        source.write_text(f"{name} = 1\n")
        py_compile.compile(str(source), doraise=True)
    (package / "changed.py").write_text("changed = 'and no longer the same'\n")
    (package / "gone.py").unlink()
    monkeypatch.setattr(contents, "PACKAGE", package)
    contents.copy(tmp_path / "lib", ("rnncourse.forbidden",), ["/usr"])
    compiled = [path.name.partition(".")[0] for path in (tmp_path / "lib/rnncourse").rglob("*.pyc")]
    assert compiled == ["kept"]


def test_of_fonts_only_those_that_the_box_shows_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    fonts = [{"fname": n} for n in ("fonts/a.ttf", "/usr/share/b.ttf", "/home/ada/c.ttf")]
    known = {"_version": "390", "afmlist": [], "ttflist": fonts}
    (tmp_path / "fontlist-v390.json").write_text(json.dumps(known))
    (tmp_path / "fontlist-v1.json").write_text("[]")
    contents.copy(tmp_path / "lib", (), ["/usr"])
    (told,) = (tmp_path / "lib/fonts").iterdir()
    assert json.loads(told.read_text()) == {**known, "ttflist": fonts[:2]}


def test_installed_copies_of_forbidden_packages_are_covered(tmp_path: Path) -> None:
    site = tmp_path / "lib/python3.11/site-packages"
    for name in ("torch", "rnncourse", "numpy"):
        (site / name).mkdir(parents=True)
    (site / "single.py").touch()
    (site / "__pycache__").mkdir()
    (site / "__pycache__/single.cpython-311.pyc").touch()
    (site / "single.cpython-311-x86_64-linux-gnu.so").touch()
    found = box.hidden_paths([str(tmp_path)], ("torch", "single", "rnncourse.elman"))
    assert [str(path.relative_to(site)) for path in found] == [
        "__pycache__/single.cpython-311.pyc",
        "rnncourse",
        "single.cpython-311-x86_64-linux-gnu.so",
        "single.py",
        "torch",
    ]


def test_what_a_conda_keeps_beside_is_covered(tmp_path: Path) -> None:
    other = tmp_path / "envs/other/lib/python3.12/site-packages/torch"
    store = tmp_path / "pkgs/pytorch-2.5.1/lib/python3.12/site-packages/torch"
    for folder in (other, store):
        folder.mkdir(parents=True)
    assert box.hidden_paths([str(tmp_path)], ("torch",)) == [other, tmp_path / "pkgs"]


def test_a_repository_inside_a_visible_folder_is_covered() -> None:
    assert box.REPOSITORY in box.hidden_paths([str(box.REPOSITORY.parent)], ())


def test_only_the_interpreter_and_the_system_are_visible() -> None:
    roots = box.interpreter_roots()
    assert "/usr" in roots
    assert not any(
        str(box.REPOSITORY) == r or str(box.REPOSITORY).startswith(r + "/") for r in roots
    )
    assert str(Path.home()) not in roots


def test_a_python_below_tmp_stays_in_sight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.prefix", "/tmp/clone/.venv")
    command = box.command("bwrap", tmp_path, tmp_path, (), {})
    assert command.index("/tmp/clone/.venv") > command.index("/tmp")


def test_without_bubblewrap_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(SandboxUnavailable, match="apt install bubblewrap"), Sandbox():
        pass


def test_on_another_system_it_says_where_to_grade(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(SandboxUnavailable, match="WSL2"), Sandbox():
        pass


@pytest.fixture
def refusing_bubblewrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    program = tmp_path / "bwrap"
    program.write_text(
        "#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    yield


@pytest.mark.usefixtures("refusing_bubblewrap")
def test_where_namespaces_are_refused_it_says_what_to_change() -> None:
    with pytest.raises(SandboxUnavailable, match=r"(?s)Permission denied.*apparmor"), Sandbox():
        pass


@pytest.mark.sandbox
def test_where_only_inner_namespaces_are_refused_it_says_so_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    build = box.command
    closed = ("--unshare-user", "--disable-userns")  # as some security profiles do
    monkeypatch.setattr(box, "command", lambda b, *a: [b, *closed, *build(b, *a)[1:]])
    with pytest.raises(SandboxUnavailable, match=r"(?s)could not be set up.*apparmor"), Sandbox():
        pass


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="mode"):
        Sandbox(mode="docker")  # type: ignore[arg-type]


def test_a_closed_sandbox_gives_no_session() -> None:
    with pytest.raises(SandboxError, match="not open"):
        Sandbox().session()


def test_bindings_are_moved_to_where_the_user_can_reach_them() -> None:
    command = ["/root/bwrap", "--ro-bind", "/root/py", "/root/py", "--tmpfs", "/root/py", "--", "x"]
    moved = launch.with_places(command, {"/root/py": "/tmp/places/0"})
    assert moved[2:5] == ["/tmp/places/0", "/root/py", "--tmpfs"]
    assert moved[5:] == command[5:]


@pytest.mark.sandbox
def test_no_sandbox_is_loud_and_still_runs() -> None:
    limits = Limits(cell_seconds=10, call_seconds=1, memory_bytes=400 << 20)
    with contextlib.ExitStack() as stack:
        with pytest.warns(RuntimeWarning, match="NO SANDBOX"):
            sandbox = Sandbox(forbidden=("torch",), limits=limits, mode="none")
            stack.enter_context(sandbox)
        session = stack.enter_context(sandbox.session())
        result = session.run("import os\nx = 3\nprint(x)", cell="a", count=1, timeout=10)
        assert [o.text for o in result.outputs] == ["3\n"]
        refused = session.run("import torch", cell="b", count=2, timeout=10)
        assert "not available in this assignment" in refused.outputs[0].text
        session.run("import time\ndef f(n): time.sleep(n); return n", cell="c", count=3, timeout=10)
        assert session.checkpoint().call("f", [0], 5).value == 0


@pytest.mark.sandbox
def test_a_sandbox_whose_server_was_killed_starts_anew() -> None:
    with Sandbox() as sandbox:
        assert sandbox._process is not None
        sandbox._process.kill()
        sandbox._process.wait()
        with sandbox.session() as session:
            assert session.run("1", cell="a", count=1, timeout=10).ok
