"""A step of the build is left out exactly while its sources and its results stay the same."""

import pytest

from tools.site import stamps


@pytest.fixture
def taken(tmp_path, monkeypatch):
    """A step that writes two files, and whether it is taken."""
    monkeypatch.setattr(stamps, "STAMPS", tmp_path / "stamps")
    source, made = tmp_path / "source.txt", tmp_path / "made"
    source.write_text("a")

    def step():
        made.mkdir(exist_ok=True)
        (made / "one.txt").write_text(source.read_text())
        (tmp_path / "two.txt").write_text("2")
        return [made, tmp_path / "two.txt"]

    def take():
        return stamps.once("step", stamps.contents([source]), step)

    return take


def test_a_step_is_taken_once(taken):
    assert taken()
    assert not taken()


@pytest.mark.parametrize("changed", ["source.txt", "made/one.txt", "two.txt"])
def test_a_change_takes_it_again(taken, tmp_path, changed):
    taken()
    (tmp_path / changed).write_text("other")
    assert taken()
    assert not taken()


@pytest.mark.parametrize("lost", ["made/one.txt", "two.txt"])
def test_so_does_a_loss(taken, tmp_path, lost):
    taken()
    (tmp_path / lost).unlink()
    assert taken()


def test_contents_tell_names_and_absence_apart(tmp_path):
    for name in "ab":
        (tmp_path / name).write_text("x")
    one, other = stamps.contents([tmp_path / "a"]), stamps.contents([tmp_path / "b"])
    assert len({one, other, stamps.contents([tmp_path / "gone"])}) == 3
