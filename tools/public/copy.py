"""Writes the public copy: the files of one commit but the private ones, in a history of its own.

The copy is made aside, looked through, and put in place only if nothing private is found in any
commit that it has. So a refused copy leaves what was there as it was.
"""

import io
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from .secrets import MARKED, Secret, found_in, secrets

ROOT = Path(__file__).resolve().parents[2]
FIRST = "The course, without what only its instructors may see"
#: what stays here: folders and files, as git's own patterns from the root
PRIVATE = (
    "autograder",
    "solutions",
    "benchmarks/grading",
    "benchmarks/regrade.py",
    "benchmarks/scaling.py",
    "deploy",
    "tests/assignments",
    "tests/authoring",
    "tests/autograder_cli",
    "tests/benchmarks",
    "tests/checks/test_properties.py",
    "tests/derivation/test_derivation_items.py",
    "tests/derivation/test_ends.py",
    "tests/derivation/test_judge.py",
    "tests/derivation/test_zero_outside.py",
    "tests/fuzz",
    "tests/gradebook",
    "tests/grading",
    "tests/judge",
    "tests/personal",
    "tests/public",
    "tests/redteam",
    "tests/reports",
    "tests/sample",
    "tests/sandbox",
    "tests/similarity",
    "tests/tools_browser",
    "tools/public",
)
GUIDE = "book/appendix/authoring.md"  # shows how hidden cases are written, on an example
RELEASED = "book/assignments"  # made by a build here, part of the copy there
CUT = re.compile(r"<!-- private -->\n.*?<!-- /private -->\n", re.DOTALL)
SHOWN = re.compile(r"<!-- public\n(.*?)-->\n", re.DOTALL)


def publish(folder: Path, *, ref: str = "HEAD", root: Path = ROOT) -> str:
    """Write the public copy of a commit, or add one commit to the copy made before.

    Args:
        folder: Where the copy is or shall be.
        ref: The commit of this repository to publish.
        root: This repository.

    Returns:
        The new commit of the copy.

    Raises:
        SystemExit: the folder holds something else, the copy would hold what is private, or
            nothing has changed since the last one.
    """
    before = _earlier(folder)
    private = secrets(root)
    with tempfile.TemporaryDirectory() as name:
        made = Path(name) / "copy"
        if before:
            _git(Path(name), "clone", "--quiet", str(folder.resolve()), str(made))
            refuse(made, private)
            for path in made.iterdir():
                if path.name != ".git":
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
        else:
            _git(Path(name), "init", "--quiet", "--initial-branch=main", str(made))
        _write(made, ref, root)
        _commit(made, "Renew the course" if before else FIRST)
        refuse(made, private)
        commit = _git(made, "rev-parse", "HEAD").strip()
        if before:
            _git(folder, "pull", "--quiet", "--ff-only", str(made), "HEAD")
        else:
            shutil.rmtree(folder, ignore_errors=True)  # empty, or _earlier would have refused it
            shutil.copytree(made, folder, symlinks=True)
    return commit


def refuse(copy: Path, private: list[Secret]) -> None:
    """Stop if any file of any commit of a copy holds something private.

    Raises:
        SystemExit: it does; the message names the files and what they hold.
    """
    leaks = sorted({f"  {path}: {what}" for path, what in leaked(copy, private)})
    if leaks:
        more = [f"  and {len(leaks) - 20} more"] if len(leaks) > 20 else []
        raise SystemExit("\n".join(["not published, it would show:", *leaks[:20], *more]))


def leaked(copy: Path, private: list[Secret]) -> list[tuple[str, str]]:
    """What is private in the whole history of a repository: paths, and what they hold."""
    objects = _git(copy, "rev-list", "--objects", "--all").splitlines()
    files = [line.split(" ", 1) for line in objects if " " in line]
    found = [
        (path, "is private itself")
        for _, path in files
        if any(path == p or path.startswith(f"{p}/") for p in PRIVATE)
    ]
    ids = "\n".join(object_id for object_id, _ in files)
    command = ["git", "-C", str(copy), "cat-file", "--batch"]
    answer = subprocess.run(command, input=ids.encode(), capture_output=True, check=True)
    stream = io.BytesIO(answer.stdout)
    for _, path in files:
        _, kind, size = stream.readline().split()
        data = stream.read(int(size) + 1)[:-1]
        if kind == b"blob":
            text = data.decode("utf8", errors="replace")
            secret = [s for s in private if s not in MARKED] if path == GUIDE else private
            found += [(path, what) for what in found_in(text, secret)]
    return found


def _write(copy: Path, ref: str, root: Path) -> None:
    """Put the files of a commit into a copy: but the private ones, and what names them."""
    left_out = [f":(exclude){path}" for path in PRIVATE]
    command = ["git", "-C", str(root), "archive", "--format=tar", ref, "--", ".", *left_out]
    archive = subprocess.run(command, capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(copy, filter="data")
    for page in copy.glob("*.md"):
        page.write_text(SHOWN.sub(r"\1", CUT.sub("", page.read_text("utf8"))), "utf8")
    ignored = (copy / ".gitignore").read_text("utf8")
    (copy / ".gitignore").write_text(ignored.replace(f"/{RELEASED}/\n", ""), "utf8")
    # the students' versions are made from the solutions, so they come along ready
    from tools.site.assignments import assignments

    assignments(copy / RELEASED)


def _commit(copy: Path, message: str) -> None:
    _git(copy, "add", "--all")
    if not _git(copy, "status", "--porcelain").strip():
        raise SystemExit("nothing has changed since the last public copy")
    _git(copy, "commit", "--quiet", "--message", message)


def _earlier(folder: Path) -> bool:
    """Whether a copy made before is there, clean; nothing at all is fine too.

    Raises:
        SystemExit: something else is there.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return False
    if (folder / ".git").exists():
        first = _git(folder, "log", "--reverse", "--format=%s").splitlines()[:1]
        if first == [FIRST]:
            if changed := _git(folder, "status", "--porcelain").strip():
                raise SystemExit(f"{folder} has changes that are not committed:\n{changed}")
            return True
    raise SystemExit(f"{folder}: a new folder or an earlier public copy is wanted here")


def _git(folder: Path, *arguments: str) -> str:
    """What git says; its own message where it fails.

    Raises:
        SystemExit: git failed.
    """
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"git {arguments[0]} failed in {folder}:\n{done.stderr.strip()}")
    return done.stdout
