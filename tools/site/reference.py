"""Writes the pages of the library reference: which modules stand together, and their speed.

What a page says of a module comes from the module's docstrings when Sphinx reads the page.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from rnncourse import nn

from .grading import grading
from .paths import BOOK
from .speed import speed

PAGES = BOOK / "reference"


class Group(NamedTuple):
    """One page of the reference."""

    name: str
    title: str
    modules: str  # below `rnncourse`, separated by spaces; a reading in `nn` follows its module


GROUPS = (
    Group(
        "simple",
        "Simple recurrence",
        "elman relu_rnn jordan output_recurrence fully_recurrent leaky skip clockwork",
    ),
    Group(
        "gated",
        "Gated cells and scans",
        "lstm lstm_peephole lstm_coupled lstm_concat gru gru_before slstm mlstm mingru minlstm lru "
        "scan",
    ),
    Group("wiring", "Wiring: both directions, depth, pooling", "bidirectional deep pooling"),
    Group(
        "sequences",
        "Sequence to sequence, attention",
        "seq2seq encoder_decoder attentive_decoder attention attention_scores beam sequence_scores",
    ),
    Group("convolution", "Convolution in time", "conv tdnn tcn weight_norm tcn_dropout"),
    Group(
        "memory",
        "Memory and trees",
        "memory_network nn.ntm trees recursive tree_lstm tree_lstm_nary",
    ),
    Group("reservoirs", "Echo-state networks", "esn"),
    Group("labels", "Structured output", "memm crf ctc iob"),
    Group(
        "networks", "Networks, losses, gradients", "network embedding linear losses steps gradcheck"
    ),
    Group(
        "training",
        "Training",
        "training truncated online rtrl optim checkpoints initialise dropout variational zoneout "
        "information_flow",
    ),
    Group("language", "Language", "language"),
    Group("looking", "Looking inside", "looking flow graphs plots figures"),
    Group("data", "Data", "data"),
    Group("checks", "Checks of answers", "checks derivation"),
)

INDEX = """# The library

Every network of the course is a module of `rnncourse` with the same call shape: `init` draws the
weights, `step` is the chapter's equations, `forward` runs over a batch, `backward` goes back by
hand. A class of `rnncourse.nn` reads the same weights in PyTorch. These pages are made from the
docstrings; every example on them runs in the tests.
"""


def reference() -> list[Path]:
    """Write `book/reference/*.md`; unchanged files keep their time."""
    texts = {"index": index(), "speed": speed(), "grading": grading()} | {
        group.name: page(group) for group in GROUPS
    }
    PAGES.mkdir(exist_ok=True)
    for name, text in texts.items():
        path = PAGES / f"{name}.md"
        if not path.exists() or path.read_text("utf8") != text:
            path.write_text(text, "utf8")
    for stray in set(PAGES.glob("*.md")) - {PAGES / f"{name}.md" for name in texts}:
        stray.unlink()
    return sorted(PAGES.glob("*.md"))


def index() -> str:
    """The first page: every module in a line."""
    parts = [INDEX]
    for group in GROUPS:
        rows = [
            f"| [`{name}`](#reference-{anchor(name)}) | {summary(name)} | {reading(name)} |"
            for name in group.modules.split()
        ]
        parts += [f"## {group.title}", "| module | what it is | in PyTorch |\n|---|---|---|"]
        parts[-1] += "\n" + "\n".join(rows)
    return "\n\n".join(parts) + "\n"


def page(group: Group) -> str:
    """One group: the members of each module, and of its PyTorch reading after it."""
    parts = [f"# {group.title}"]
    for name in group.modules.split():
        parts += [f"(reference-{anchor(name)})=\n## {name}", members(name)]
        if has_reading(name):
            parts += [f"### {name} in PyTorch", members(f"nn.{name}")]
    return "\n\n".join(parts) + "\n"


def members(module: str) -> str:
    """The directive that Sphinx replaces by a module's docstrings, in the order of the source.

    What a package offers is what its `__all__` says, in that order.
    """
    options = ["members"] if is_package(module) else ["members", "ignore-module-all"]
    lines = [f".. automodule:: rnncourse.{module}", *(f"   :{option}:" for option in options)]
    return "\n".join(["```{eval-rst}", *lines, "```"])


def is_package(module: str) -> bool:
    """Whether a module is a folder."""
    return hasattr(import_module(f"rnncourse.{module}"), "__path__")


def anchor(module: str) -> str:
    """A module's name in a link."""
    return module.replace(".", "-").replace("_", "-")


def summary(module: str) -> str:
    """The first line of a module's docstring, whose colon is a full stop here."""
    return (import_module(f"rnncourse.{module}").__doc__ or "").splitlines()[0]


def has_reading(module: str) -> bool:
    """Whether PyTorch's reading of a module is there."""
    return "." not in module and find_spec(f"rnncourse.nn.{module}") is not None


def reading(module: str) -> str:
    """The names of a module's PyTorch reading."""
    if module.startswith("nn."):
        return "only"
    if not has_reading(module):
        return ""
    names = [n for n in import_module(f"rnncourse.nn.{module}").__all__ if n in nn.__all__]
    return ", ".join(f"`nn.{name}`" for name in names or [module])
