"""Reference networks, data, pictures and visible checks of the course on recurrent networks.

`import rnncourse` costs little more than `import numpy`: each module loads when it is first named,
so `rnncourse.elman` needs no import of its own, and PyTorch and matplotlib stay out until a
function asks for them.

>>> import rnncourse
>>> rnncourse.elman.scalar(w=0.5, u=1.0).states([1, 0, 0]).round(4).tolist()
[0.7616, 0.3634, 0.1797]
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from rnncourse import (
        attention,
        attention_scores,
        attentive_decoder,
        beam,
        bidirectional,
        checkpoints,
        checks,
        clockwork,
        conv,
        crf,
        ctc,
        data,
        deep,
        derivation,
        dropout,
        elman,
        embedding,
        encoder_decoder,
        esn,
        figures,
        flow,
        fully_recurrent,
        gradcheck,
        graphs,
        gru,
        gru_before,
        information_flow,
        initialise,
        iob,
        jordan,
        language,
        leaky,
        linear,
        looking,
        losses,
        lru,
        lstm,
        lstm_concat,
        lstm_coupled,
        lstm_peephole,
        memm,
        memory_network,
        mingru,
        minlstm,
        mlstm,
        network,
        nn,
        notebook,
        online,
        optim,
        output_recurrence,
        plots,
        pooling,
        recursive,
        relu_rnn,
        rtrl,
        scan,
        seq2seq,
        sequence_scores,
        skip,
        slstm,
        steps,
        tcn,
        tcn_dropout,
        tdnn,
        training,
        tree_lstm,
        tree_lstm_nary,
        trees,
        truncated,
        variational,
        weight_norm,
        zoneout,
    )
    from rnncourse.gradcheck import check_gradients

__all__ = [
    "__version__",
    "attention",
    "attention_scores",
    "attentive_decoder",
    "beam",
    "bidirectional",
    "check_gradients",
    "checkpoints",
    "checks",
    "clockwork",
    "conv",
    "crf",
    "ctc",
    "data",
    "deep",
    "derivation",
    "dropout",
    "elman",
    "embedding",
    "encoder_decoder",
    "esn",
    "figures",
    "flow",
    "fully_recurrent",
    "gradcheck",
    "graphs",
    "gru",
    "gru_before",
    "information_flow",
    "initialise",
    "iob",
    "jordan",
    "language",
    "leaky",
    "linear",
    "load_ipython_extension",
    "looking",
    "losses",
    "lru",
    "lstm",
    "lstm_concat",
    "lstm_coupled",
    "lstm_peephole",
    "memm",
    "memory_network",
    "mingru",
    "minlstm",
    "mlstm",
    "network",
    "nn",
    "notebook",
    "online",
    "optim",
    "output_recurrence",
    "plots",
    "pooling",
    "recursive",
    "relu_rnn",
    "rtrl",
    "scan",
    "seq2seq",
    "sequence_scores",
    "skip",
    "slstm",
    "steps",
    "tcn",
    "tcn_dropout",
    "tdnn",
    "training",
    "tree_lstm",
    "tree_lstm_nary",
    "trees",
    "truncated",
    "variational",
    "weight_norm",
    "zoneout",
]


def __getattr__(name: str) -> Any:
    if name == "check_gradients":
        return import_module("rnncourse.gradcheck").check_gradients
    if name in __all__:
        return import_module(f"rnncourse.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(ipython: Any) -> None:
    """What `%load_ext rnncourse` runs: registers the `%%derivation` cell magic."""
    from rnncourse.notebook import load_ipython_extension as load

    load(ipython)
