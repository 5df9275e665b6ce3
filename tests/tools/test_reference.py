"""The library reference names every public module once."""

import pkgutil
import types

import rnncourse
from tools.site import reference


def test_every_public_module_has_its_place():
    listed = [name for group in reference.GROUPS for name in group.modules.split()]
    public = {n for n in rnncourse.__all__ if isinstance(getattr(rnncourse, n), types.ModuleType)}
    assert len(listed) == len(set(listed))
    # a reading in PyTorch stands with its module; the magics of `notebook` are the assignments'
    assert {name for name in listed if "." not in name} == public - {"nn", "notebook"}


def test_every_reading_has_its_place():
    listed = {name for group in reference.GROUPS for name in group.modules.split()}
    shown = {name for name in listed if reference.has_reading(name)}
    shown |= {name.removeprefix("nn.") for name in listed if name.startswith("nn.")}
    there = {module.name for module in pkgutil.iter_modules(rnncourse.nn.__path__)}
    assert {name for name in there if not name.startswith("_")} == shown


def test_a_page_shows_a_module_and_its_reading():
    text = reference.page(reference.Group("some", "Some", "lstm"))
    assert "(reference-lstm)=\n## lstm" in text
    assert ".. automodule:: rnncourse.lstm\n" in text
    assert ".. automodule:: rnncourse.nn.lstm\n" in text


def test_the_index_says_what_a_module_is():
    assert "| [`lstm`](#reference-lstm) | Long short-term memory: " in reference.index()
