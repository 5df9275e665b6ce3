"""Four architectures on four tasks: stored as the script says, re-run at a small scale."""

import json
import statistics

import numpy as np
import pytest

from experiments import sequence_models, sequence_tasks
from experiments.experiment import RESULTS, load, stored
from experiments.networks import network_of, weights
from rnncourse import data, losses, tcn

PAGE, CHECK = stored("sequence_models"), stored("sequence_models", RESULTS / "check")
TASKS = ("adding", "copying", "digits", "permuted")


def quiet(_done, _words):
    pass


def test_a_run_at_the_small_scale_gives_what_is_stored():
    """The same code, seed and settings: only rounding may differ."""
    experiment = load("sequence_models", "check")
    assert CHECK["settings"] == json.loads(json.dumps(experiment.settings))
    found = experiment.measure(0, quiet, **experiment.settings)
    for name, values in CHECK["values"].items():
        if not name.endswith("seconds"):
            assert found.values[name] == pytest.approx(values[0], rel=1e-5, abs=1e-9), name
    for name, curves in CHECK["curves"].items():
        assert found.curves[name] == pytest.approx(curves[0], rel=1e-5, abs=1e-9), name


def test_the_small_scale_is_quick_and_learns():
    assert max(CHECK["seconds"]) < 30
    for curve in CHECK["curves"]["adding, GRU"]:
        assert curve[-1] < curve[0]


def test_other_scales_are_asked_for_by_name():
    assert load("sequence_models", "paper").settings["tasks"]["adding"]["T"] == 600
    with pytest.raises(ValueError, match="scale of sequence_models must be one of check, paper"):
        load("sequence_models", "huge")
    with pytest.raises(ValueError, match="scale of adding must be one of –"):
        load("adding", "check")


@pytest.mark.parametrize(("scale", "most"), [(None, 1.15), ("paper", 1.2)])
def test_networks_of_a_task_have_about_equally_many_weights(scale, most):
    settings = load("sequence_models", scale).settings
    sizes = {"adding": (2, 1), "copying": (10, 9), "digits": (1, 10), "permuted": (1, 10)}
    for task, given in settings["tasks"].items():
        counts = {
            name: weights(network_of(np.random.default_rng(0), kind, *sizes[task])[1])
            for name, kind in given["networks"].items()
        }
        assert max(counts.values()) < most * min(counts.values()), (task, counts)
        if scale is None:
            assert {n: PAGE["values"][f"{task}, {n}, weights"][0] for n in counts} == counts


def test_every_field_is_wide_enough():
    for scale in (None, "paper"):
        for task, given in load("sequence_models", scale).settings["tasks"].items():
            steps = 784 if given.get("mnist") else 64
            lag = {"adding": given.get("T"), "copying": given.get("T", 0) + 11}.get(task, steps)
            for kind in given["networks"].values():
                if kind["cell"] == "tcn":
                    assert tcn.receptive_field(kind["kernel_size"], kind["levels"]) >= lag


def test_the_last_test_is_the_value_and_the_lead_is_the_difference():
    values = PAGE["values"]
    for task in TASKS:
        for name in sequence_models.NETWORKS:
            ends = [curve[-1] for curve in PAGE["curves"][f"{task}, {name}"]]
            wrong = task in ("digits", "permuted")
            assert values[f"{task}, {name}"] == [1 - e if wrong else e for e in ends]
    for task in ("digits", "permuted"):
        for seed in range(3):
            best = max(values[f"{task}, {name}"][seed] for name in ("LSTM", "GRU", "tanh"))
            assert values[f"{task}, lead"][seed] == values[f"{task}, TCN"][seed] - best


def test_the_order_is_that_of_print_where_print_has_a_margin():
    median = {name: statistics.median(found) for name, found in PAGE["values"].items()}
    assert median["adding, GRU"] < median["adding, TCN"] < 0.1 / 6
    assert median["copying, TCN"] < 0.1 * data.copy_memory_chance(50)
    assert median["digits, TCN"] > median["digits, LSTM"] > 0.5


@pytest.mark.parametrize("name", TASKS)
def test_chance_is_what_a_constant_answer_gets(name):
    settings = load("sequence_models", "check").settings["tasks"][name]
    problem = sequence_tasks.PROBLEMS[name](0, **(settings | {"dtype": np.float64, "tests": 4000}))
    _, y = problem.test
    if problem.error == "squared":
        o = np.ones((1, *y.shape))
    elif problem.error == "wrong":
        o = np.zeros((1, len(y), 10))
        o[..., np.bincount(y).argmax()] = 1
    else:
        p = np.zeros((*y.shape, 9))
        p[:-10, :, 8], p[-10:, :, :8] = 1, 1 / 8
        o = np.log(p + 1e-300)
    chance = sequence_tasks.chance(name, settings.get("T"))
    assert sequence_tasks.error_of(problem.error, o, y) == pytest.approx(chance, abs=0.05)


def test_a_loss_at_the_end_has_a_slope_at_the_end_alone():
    rng = np.random.default_rng(0)
    o, y = rng.standard_normal((4, 3, 5)), rng.integers(5, size=3)
    loss, d_o = sequence_tasks.at_end("wrong")(o, y)
    assert loss == pytest.approx(losses.softmax_cross_entropy(o[-1:], y[None])[0])
    assert not d_o[:-1].any()
    for entry in ((3, 0, 1), (3, 2, 4)):
        nudged = o.copy()
        nudged[entry] += 1e-6
        slope = (sequence_tasks.at_end("wrong")(nudged, y)[0] - loss) / 1e-6
        assert d_o[entry] == pytest.approx(slope, abs=1e-5)


@pytest.mark.parametrize("name", ["adding", "copying", "digits"])
@pytest.mark.parametrize("network", ["tanh", "TCN"])
def test_pytorch_trains_the_same_tasks(name, network):
    """A few updates of the code that a GPU would run."""
    on_device = pytest.importorskip("experiments.on_device")
    settings = load("sequence_models", "check").settings["tasks"][name]
    problem = sequence_tasks.PROBLEMS[name](0, **(settings | {"dtype": np.float32}))
    kind = settings["networks"][network] | {"updates": 30, "dropout": 0.1, "normed": True}
    kind |= {"clip": 1.0, "optimizer": "RMSprop"}
    size, curve = on_device.train(problem, kind, 0, quiet, every=15, enough=-1.0, on="cpu")
    assert len(curve) == 2
    assert np.isfinite(curve).all()
    assert size > 100


def test_a_pytorch_network_with_the_numpy_weights_has_the_same_error():
    on_device = pytest.importorskip("experiments.on_device")
    import torch

    from rnncourse import nn

    settings = load("sequence_models", "check").settings["tasks"]["copying"]
    problem = sequence_tasks.PROBLEMS["copying"](0, **(settings | {"dtype": np.float64}))
    kind = settings["networks"]["TCN"] | {"dtype": "float64"}
    cell, params = network_of(np.random.default_rng(0), kind, *problem.sizes)
    module = nn.Network.from_params(nn.TCN, params)

    class Outputs(torch.nn.Module):
        def forward(self, x):
            return module(x)[0]

    ours = sequence_tasks.task(problem).test(cell, params)
    assert on_device.test(Outputs(), problem, "cpu", at_once=20) == pytest.approx(ours, rel=1e-12)


def test_a_gpu_that_is_not_there_is_refused_by_name():
    on_device = pytest.importorskip("experiments.on_device")
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    assert on_device.device() == "cpu"
    with pytest.raises(ValueError, match="device must be cpu, as PyTorch sees no GPU, got cuda"):
        on_device.device("cuda")
