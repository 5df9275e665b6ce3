"""What `import rnncourse` loads, and that every public example runs."""

import doctest
import importlib
import subprocess
import sys

import pytest

LIBRARY = [
    "rnncourse",
    "rnncourse._progress",
    "rnncourse._ridge",
    "rnncourse._scalar",
    "rnncourse._sequence",
    "rnncourse.attention",
    "rnncourse.attention_scores",
    "rnncourse.attentive_decoder",
    "rnncourse.beam",
    "rnncourse.bidirectional",
    "rnncourse.checkpoints",
    "rnncourse.clockwork",
    "rnncourse.conv",
    "rnncourse.crf",
    "rnncourse.ctc",
    "rnncourse.data",
    "rnncourse.data.adding",
    "rnncourse.data.arithmetic",
    "rnncourse.data.batches",
    "rnncourse.data.brackets",
    "rnncourse.data.copy_memory",
    "rnncourse.data.dates",
    "rnncourse.data.digits",
    "rnncourse.data.elman_tasks",
    "rnncourse.data.entities",
    "rnncourse.data.files",
    "rnncourse.data.mackey_glass",
    "rnncourse.data.names",
    "rnncourse.data.number_words",
    "rnncourse.data.one_hot",
    "rnncourse.data.parity",
    "rnncourse.data.quick_exercise",
    "rnncourse.data.reber",
    "rnncourse.data.series",
    "rnncourse.data.source_tokens",
    "rnncourse.data.splits",
    "rnncourse.data.temporal_order",
    "rnncourse.data.text",
    "rnncourse.data.two_time_scales",
    "rnncourse.data.where_is",
    "rnncourse.data.years",
    "rnncourse.deep",
    "rnncourse.dropout",
    "rnncourse.elman",
    "rnncourse.embedding",
    "rnncourse.encoder_decoder",
    "rnncourse.esn",
    "rnncourse.flow",
    "rnncourse.fully_recurrent",
    "rnncourse.gradcheck",
    "rnncourse.graphs",
    "rnncourse.gru",
    "rnncourse.gru_before",
    "rnncourse.information_flow",
    "rnncourse.initialise",
    "rnncourse.iob",
    "rnncourse.jordan",
    "rnncourse.language",
    "rnncourse.language.byte_pair",
    "rnncourse.language.ngram",
    "rnncourse.language.sampling",
    "rnncourse.language.scores",
    "rnncourse.language.vocabulary",
    "rnncourse.leaky",
    "rnncourse.linear",
    "rnncourse.looking.crf_lattice",
    "rnncourse.looking.inside",
    "rnncourse.looking.sensitivity",
    "rnncourse.looking.spectra",
    "rnncourse.looking.tap_tree",
    "rnncourse.losses",
    "rnncourse.lru",
    "rnncourse.lstm",
    "rnncourse.lstm_concat",
    "rnncourse.lstm_coupled",
    "rnncourse.lstm_peephole",
    "rnncourse.memm",
    "rnncourse.memory_network",
    "rnncourse.mingru",
    "rnncourse.minlstm",
    "rnncourse.mlstm",
    "rnncourse.network",
    "rnncourse.nn.attention",
    "rnncourse.nn.bidirectional",
    "rnncourse.nn.clockwork",
    "rnncourse.nn.conv",
    "rnncourse.nn.crf",
    "rnncourse.nn.deep",
    "rnncourse.nn.dropout",
    "rnncourse.nn.elman",
    "rnncourse.nn.embedding",
    "rnncourse.nn.esn",
    "rnncourse.nn.fully_recurrent",
    "rnncourse.nn.gru",
    "rnncourse.nn.gru_before",
    "rnncourse.nn.information_flow",
    "rnncourse.nn.jordan",
    "rnncourse.nn.leaky",
    "rnncourse.nn.lru",
    "rnncourse.nn.lstm",
    "rnncourse.nn.lstm_coupled",
    "rnncourse.nn.lstm_peephole",
    "rnncourse.nn.memm",
    "rnncourse.nn.memory_network",
    "rnncourse.nn.mingru",
    "rnncourse.nn.minlstm",
    "rnncourse.nn.mlstm",
    "rnncourse.nn.network",
    "rnncourse.nn.ntm",
    "rnncourse.nn.output_recurrence",
    "rnncourse.nn.pooling",
    "rnncourse.nn.recursive",
    "rnncourse.nn.relu_rnn",
    "rnncourse.nn.seq2seq",
    "rnncourse.nn.skip",
    "rnncourse.nn.slstm",
    "rnncourse.nn.tcn",
    "rnncourse.nn.tcn_dropout",
    "rnncourse.nn.tdnn",
    "rnncourse.nn.training",
    "rnncourse.nn.tree_lstm",
    "rnncourse.nn.tree_lstm_nary",
    "rnncourse.nn.variational",
    "rnncourse.nn.weight_norm",
    "rnncourse.nn.zoneout",
    "rnncourse.online",
    "rnncourse.optim",
    "rnncourse.output_recurrence",
    "rnncourse.plots.curves",
    "rnncourse.plots.flows",
    "rnncourse.plots.gates",
    "rnncourse.plots.maps",
    "rnncourse.plots.spectra",
    "rnncourse.plots.texts",
    "rnncourse.plots.tied",
    "rnncourse.pooling",
    "rnncourse.recursive",
    "rnncourse.relu_rnn",
    "rnncourse.rtrl",
    "rnncourse.scan",
    "rnncourse.seq2seq",
    "rnncourse.sequence_scores",
    "rnncourse.skip",
    "rnncourse.slstm",
    "rnncourse.steps",
    "rnncourse.tcn",
    "rnncourse.tcn_dropout",
    "rnncourse.tdnn",
    "rnncourse.training",
    "rnncourse.tree_lstm",
    "rnncourse.tree_lstm_nary",
    "rnncourse.trees",
    "rnncourse.truncated",
    "rnncourse.variational",
    "rnncourse.weight_norm",
    "rnncourse.zoneout",
]


@pytest.mark.parametrize("name", LIBRARY)
def test_examples_run(name):
    found = doctest.testmod(importlib.import_module(name), globs=None)
    assert found.attempted, f"{name} has no example"
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
    import rnncourse

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
