"""The public copy: nothing private in its files or its history, and it works on its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.assignments import names
from tools.public import copy
from tools.public.secrets import Secret, found_in, secrets, squeezed

IDENTITY = {f"GIT_{who}_{what}": "course" for who in ("AUTHOR", "COMMITTER") for what in ("NAME",)}
IDENTITY |= {f"GIT_{who}_EMAIL": "course@example.org" for who in ("AUTHOR", "COMMITTER")}


@pytest.fixture(autouse=True)
def identity(monkeypatch):
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def private(root: Path) -> list[Secret]:
    return secrets(root)


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "copy"
    for name, value in IDENTITY.items():
        os.environ.setdefault(name, value)
    copy.publish(folder)
    return folder


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_assignment_has_secrets_of_each_kind(private):
    for name in names():
        said = " ".join(s.what for s in private)
        assert f" of {name}" in said
    kinds = ("answers ", "holds the hint of ", "marks ", "holds 'HiddenCase")
    assert all(any(s.what.startswith(kind) for s in private) for kind in kinds)


def test_the_secrets_are_found_where_they_are(private, root):
    """A check that finds nothing in the private files would find nothing in the copy."""
    text = (root / "solutions/bptt/bptt.md").read_text("utf8")
    found = set(found_in(text, private))
    assert "answers backward of bptt" in found
    assert "answers explanation of bptt" in found
    catalogue = set(
        found_in((root / "autograder/assignments/bptt/backward.py").read_text(), private)
    )
    assert "holds 'HiddenCase('" in catalogue
    assert any(what.startswith("holds the hint of ") for what in catalogue)


def test_nothing_private_is_in_the_files_or_the_history(public, private):
    assert copy.leaked(public, private) == []
    assert git(public, "log", "--format=%s").splitlines() == [copy.FIRST]
    files = git(public, "ls-files").splitlines()
    assert not [f for f in files if f.split("/")[0] in ("autograder", "solutions")]
    assert len(files) > 300


def test_the_released_notebooks_come_along(public):
    files = git(public, "ls-files", "book/assignments").split()
    assert sorted(Path(f).stem for f in files) == sorted(names())


def test_readme_speaks_to_the_public(public):
    text = (public / "README.md").read_text("utf8")
    assert "autograder init" not in text
    assert "This is the public copy" in text
    assert "<!--" not in text


def test_the_copy_works_alone(public):
    """Its tests can be collected and some pass, with this repository nowhere on the path."""
    environment = os.environ | {"PYTHONPATH": str(public)}
    # the many tests of the networks know nothing of grading
    folders = [str(f) for f in (public / "tests").iterdir() if f.name != "rnncourse" and f.is_dir()]
    for arguments in (
        ["-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *folders],
        ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/checks/test_layout.py"],
        ["-m", "tools.site", "--help"],
        ["-c", "from tools.site.assignments import assignments; assert assignments()"],
    ):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=public,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_a_copy_that_would_leak_is_refused_and_leaves_nothing(tmp_path, monkeypatch):
    kept = tuple(path for path in copy.PRIVATE if path != "tests/assignments")
    monkeypatch.setattr(copy, "PRIVATE", (*kept, "autograder", "solutions"))
    monkeypatch.setattr(
        copy, "secrets", lambda root: [Secret(squeezed("import pytest"), "holds x")]
    )
    with pytest.raises(SystemExit, match=r"not published, it would show:\n .*: holds x"):
        copy.publish(tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@pytest.fixture
def earlier(tmp_path: Path, public: Path) -> Path:
    folder = tmp_path / "earlier"
    git(tmp_path, "clone", "--quiet", str(public), str(folder))
    return folder


def test_a_second_copy_adds_a_commit(earlier):
    (earlier / "CITATION.cff").write_text("changed by the public")
    git(earlier, "commit", "--quiet", "--all", "--message", "a change")
    made = copy.publish(earlier)
    assert git(earlier, "rev-parse", "HEAD").strip() == made
    assert git(earlier, "log", "--format=%s").splitlines()[::2] == ["Renew the course", copy.FIRST]
    with pytest.raises(SystemExit, match="nothing has changed"):
        copy.publish(earlier)


def test_a_secret_that_was_once_committed_is_found_in_the_history(earlier, root):
    slipped = earlier / "notes.md"
    slipped.write_text((root / "solutions/bptt/bptt.md").read_text("utf8"))
    git(earlier, "add", "notes.md")
    git(earlier, "commit", "--quiet", "--message", "slipped in")
    slipped.unlink()
    git(earlier, "commit", "--quiet", "--all", "--message", "and out")
    head = git(earlier, "rev-parse", "HEAD")
    with pytest.raises(SystemExit, match=r"notes\.md: answers"):
        copy.publish(earlier)
    assert git(earlier, "rev-parse", "HEAD") == head


@pytest.mark.parametrize("what", ["file", "strange", "dirty"])
def test_other_folders_are_left_alone(what, tmp_path, earlier):
    folder = tmp_path / "strange"
    folder.mkdir()
    if what == "dirty":
        folder = earlier
        (folder / "new.txt").write_text("mine")
    elif what == "file":
        (folder / "mine.txt").write_text("mine")
    else:
        git(folder, "init", "--quiet")
        (folder / "mine.txt").write_text("mine")
        git(folder, "add", "mine.txt")
        git(folder, "commit", "--quiet", "--message", "mine")
    with pytest.raises(SystemExit, match=r"is wanted here|not committed"):
        copy.publish(folder)
    assert (
        "mine" in next(p for p in folder.iterdir() if p.name in ("mine.txt", "new.txt")).read_text()
    )
