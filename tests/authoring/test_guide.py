"""The page "Write your own graded exercise", followed as a reader would: every block of it."""

import os
import re
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "book/appendix/authoring.md"
FENCE = re.compile(r"^(`{3,})(\S+)(?: (\w+))?\n(.*?)^\1$", re.M | re.S)
CAPTION = re.compile(r":caption: (\S+)\n\n")


def blocks(page: Path):
    """Kind ("bash", "text", or a file's path) and text of each block, in order."""
    for _, kind, _, text in FENCE.findall(page.read_text("utf-8")):
        if kind == "{code-block}":
            caption = CAPTION.match(text)
            assert caption, text
            yield caption[1], text[caption.end() :]
        else:
            yield kind, text


def without_time(text: str) -> str:
    return re.sub(r"in \d+ s:", "in N s:", text)


@pytest.mark.sandbox
def test_the_guide_does_what_it_says(tmp_path):
    folder, said, count = tmp_path, "", 0
    for kind, text in blocks(PAGE):
        if kind == "bash":
            done = subprocess.run(
                ["bash", "-e", "-c", text + '\npwd > "$AT"'],
                cwd=folder,
                env={**os.environ, "AT": str(tmp_path / "at")},
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, (text, done.stdout, done.stderr)
            said, count = without_time(done.stdout), count + 1
            folder = Path((tmp_path / "at").read_text().strip())
        elif kind == "text":
            for line in without_time(text).splitlines():
                assert line in said.splitlines(), (line, said)
        else:
            assert "/" in kind, f"a block of kind {kind} is not looked at"
            (folder / kind).write_text(text)
            count += 1
    assert count == 10
    (page,) = folder.glob("feedback/ada/averages/*.html")
    assert "A running mean" in page.read_text()
    handed_out = (folder / "release/averages/averages.exercises.json").read_text()
    assert "Who else uses m[t]" not in handed_out and "fading" not in handed_out
