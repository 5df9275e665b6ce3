"""The same networks as PyTorch modules, written by hand: automatic differentiation goes back.

PyTorch loads when a module is first named. Without it, `pip install "rnncourse[torch]"`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnncourse.nn import training
    from rnncourse.nn.attention import AdditiveAttention, DotAttention, GeneralAttention
    from rnncourse.nn.bidirectional import Bidirectional
    from rnncourse.nn.clockwork import Clockwork
    from rnncourse.nn.conv import CausalConv
    from rnncourse.nn.crf import CRF
    from rnncourse.nn.deep import Deep
    from rnncourse.nn.dropout import Dropout
    from rnncourse.nn.elman import Elman
    from rnncourse.nn.embedding import Embedded
    from rnncourse.nn.esn import ESN
    from rnncourse.nn.fully_recurrent import FullyRecurrent
    from rnncourse.nn.gru import GRU
    from rnncourse.nn.gru_before import GRUBefore
    from rnncourse.nn.jordan import Jordan
    from rnncourse.nn.leaky import Leaky
    from rnncourse.nn.lru import LRU
    from rnncourse.nn.lstm import LSTM
    from rnncourse.nn.lstm_coupled import CoupledLSTM
    from rnncourse.nn.lstm_peephole import PeepholeLSTM
    from rnncourse.nn.memm import MEMM
    from rnncourse.nn.memory_network import MemoryNetwork
    from rnncourse.nn.mingru import MinGRU
    from rnncourse.nn.minlstm import MinLSTM
    from rnncourse.nn.mlstm import MLSTM
    from rnncourse.nn.network import Network
    from rnncourse.nn.ntm import NTM, NTMState
    from rnncourse.nn.output_recurrence import OutputRecurrence
    from rnncourse.nn.pooling import Pooled
    from rnncourse.nn.recursive import Recursive
    from rnncourse.nn.relu_rnn import ReLURNN
    from rnncourse.nn.seq2seq import AttentiveDecoder, EncoderDecoder
    from rnncourse.nn.skip import Skip
    from rnncourse.nn.slstm import SLSTM
    from rnncourse.nn.tcn import TCN, TCNBlock
    from rnncourse.nn.tcn_dropout import DropoutTCN
    from rnncourse.nn.tdnn import TDNN
    from rnncourse.nn.tree_lstm import TreeLSTM
    from rnncourse.nn.tree_lstm_nary import NaryTreeLSTM
    from rnncourse.nn.variational import Variational
    from rnncourse.nn.weight_norm import WeightNormConv
    from rnncourse.nn.zoneout import Zoneout

__all__ = [
    "CRF",
    "ESN",
    "GRU",
    "LRU",
    "LSTM",
    "MEMM",
    "MLSTM",
    "NTM",
    "SLSTM",
    "TCN",
    "TDNN",
    "AdditiveAttention",
    "AttentiveDecoder",
    "Bidirectional",
    "CausalConv",
    "Clockwork",
    "CoupledLSTM",
    "Deep",
    "DotAttention",
    "Dropout",
    "DropoutTCN",
    "Elman",
    "Embedded",
    "EncoderDecoder",
    "FullyRecurrent",
    "GRUBefore",
    "GeneralAttention",
    "Jordan",
    "Leaky",
    "MemoryNetwork",
    "MinGRU",
    "MinLSTM",
    "NTMState",
    "NaryTreeLSTM",
    "Network",
    "OutputRecurrence",
    "PeepholeLSTM",
    "Pooled",
    "ReLURNN",
    "Recursive",
    "Skip",
    "TCNBlock",
    "TreeLSTM",
    "Variational",
    "WeightNormConv",
    "Zoneout",
    "training",
]

_MODULES = {
    "CRF": "crf",
    "ESN": "esn",
    "GRU": "gru",
    "LRU": "lru",
    "LSTM": "lstm",
    "MEMM": "memm",
    "MLSTM": "mlstm",
    "NTM": "ntm",
    "SLSTM": "slstm",
    "TCN": "tcn",
    "TDNN": "tdnn",
    "AdditiveAttention": "attention",
    "AttentiveDecoder": "seq2seq",
    "Bidirectional": "bidirectional",
    "CausalConv": "conv",
    "Clockwork": "clockwork",
    "CoupledLSTM": "lstm_coupled",
    "Deep": "deep",
    "DotAttention": "attention",
    "Dropout": "dropout",
    "DropoutTCN": "tcn_dropout",
    "Elman": "elman",
    "Embedded": "embedding",
    "EncoderDecoder": "seq2seq",
    "FullyRecurrent": "fully_recurrent",
    "GRUBefore": "gru_before",
    "GeneralAttention": "attention",
    "Jordan": "jordan",
    "Leaky": "leaky",
    "MemoryNetwork": "memory_network",
    "MinGRU": "mingru",
    "MinLSTM": "minlstm",
    "NTMState": "ntm",
    "NaryTreeLSTM": "tree_lstm_nary",
    "Network": "network",
    "OutputRecurrence": "output_recurrence",
    "PeepholeLSTM": "lstm_peephole",
    "Pooled": "pooling",
    "ReLURNN": "relu_rnn",
    "Recursive": "recursive",
    "Skip": "skip",
    "TCNBlock": "tcn",
    "TreeLSTM": "tree_lstm",
    "Variational": "variational",
    "WeightNormConv": "weight_norm",
    "Zoneout": "zoneout",
    "training": "training",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f"rnncourse.nn.{_MODULES[name]}")
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise ModuleNotFoundError(
            f'rnncourse.nn.{name} needs PyTorch: pip install "rnncourse[torch]"', name="torch"
        ) from error
    return module if name == "training" else getattr(module, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
