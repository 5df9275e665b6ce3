"""What `import rnncourse` loads, and that every public example runs."""

import doctest
import importlib
import pkgutil
import subprocess
import sys

import pytest

import rnncourse

APART = {"checks", "cli", "derivation", "figures", "notebook"}  # have tests of their own


def library():
    """Every module of the library by its dotted name."""
    yield "rnncourse"
    for module in pkgutil.walk_packages(rnncourse.__path__, "rnncourse."):
        if module.name.split(".")[1] not in APART:
            yield module.name


@pytest.mark.parametrize("name", list(library()))
def test_examples_run(name):
    module = importlib.import_module(name)
    found = doctest.testmod(module, globs=None)
    private = "._" in name or hasattr(module, "__path__")
    assert found.attempted or private, f"{name} has no example"
    assert not found.failed


def loaded_by(code):
    script = code + "; import sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_import_loads_nothing_heavy():
    loaded = loaded_by("import rnncourse")
    assert "rnncourse" in loaded
    heavy = {"torch", "matplotlib", "IPython", "ipywidgets", "anywidget", "typer", "rich", "pandas"}
    assert not loaded & heavy
    assert not [name for name in loaded if name.startswith("rnncourse.")]


@pytest.mark.parametrize(
    "code",
    [
        "import rnncourse; rnncourse.elman, rnncourse.truncated, rnncourse.optim",
        "import rnncourse; rnncourse.gradcheck, rnncourse.graphs, rnncourse.plots, rnncourse.data",
        "import rnncourse.nn",
    ],
)
def test_naming_a_module_loads_neither_torch_nor_matplotlib(code):
    assert not loaded_by(code) & {"torch", "matplotlib"}


def test_lazy_names():
    assert rnncourse.check_gradients is rnncourse.gradcheck.check_gradients
    assert {"elman", "check_gradients", "__version__"} <= set(dir(rnncourse))
    with pytest.raises(AttributeError, match="no attribute 'elmann'"):
        _ = rnncourse.elmann
    with pytest.raises(AttributeError, match="no attribute 'Elmann'"):
        _ = rnncourse.nn.Elmann


def test_without_torch_the_message_says_how_to_get_it():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import rnncourse.nn\n"
        "try: rnncourse.nn.Elman\n"
        "except ModuleNotFoundError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "rnncourse[torch]"' in done.stdout
