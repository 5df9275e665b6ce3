"""The files for containers and clusters: what they start is there, with the options given."""

import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from dask import config
from typer.main import get_command

from autograder.cli import app

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.fixture(scope="module")
def parts():
    found = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))
    return {(part["kind"], part["metadata"]["name"]): part for part in found}


def containers(part):
    return part["spec"]["template"]["spec"]["containers"]


def test_every_part_is_whole(parts):
    assert set(parts) == {
        ("ConfigMap", "dask"), ("Service", "scheduler"), ("Deployment", "scheduler"),
        ("Deployment", "workers"), ("NetworkPolicy", "cluster-only"),
        ("PersistentVolumeClaim", "course"), ("Job", "grade-bptt"),
    }  # fmt: skip
    for (kind, name), part in parts.items():
        if kind not in ("Deployment", "Job"):
            continue
        spec = part["spec"]["template"]["spec"]
        labels = part["spec"]["template"]["metadata"]["labels"]
        assert part["spec"].get("selector", {}).get("matchLabels", labels) == labels, name
        volumes = {v["name"] for v in spec["volumes"]}
        for container in spec["containers"]:
            assert {m["name"] for m in container["volumeMounts"]} <= volumes
            maps = {e["configMapRef"]["name"] for e in container["envFrom"] if "configMapRef" in e}
            assert maps == {"dask"}
        assert spec["automountServiceAccountToken"] is False
    selector = parts["Service", "scheduler"]["spec"]["selector"]
    assert selector == parts["Deployment", "scheduler"]["spec"]["template"]["metadata"]["labels"]


def options_of(command):
    """Names of a click command's options."""
    return {o for p in command.params for o in (*p.opts, *p.secondary_opts) if o.startswith("-")}


@pytest.mark.parametrize(
    ("name", "program"), [("scheduler", "dask_scheduler"), ("workers", "dask_worker")]
)
def test_dask_has_the_options_that_are_given(parts, name, program):
    (container,) = containers(parts["Deployment", name])
    command = container["command"]
    assert command[:2] == ["dask", program.removeprefix("dask_")]
    given = {word for word in command if word.startswith("--")}
    assert given and given <= options_of(import_module(f"distributed.cli.{program}").main)


def test_the_job_runs_a_command_that_there_is(parts):
    (container,) = containers(parts["Job", "grade-bptt"])
    words = shlex.split(container["args"][0].split("||")[0])
    assert words[:2] == ["autograder", "grade"]
    grade = get_command(app).commands["grade"]
    assert {w for w in words if w.startswith("--")} <= options_of(grade)
    mounts = {m["mountPath"] for m in container["volumeMounts"]}
    assert words[words.index("--course") + 1] in mounts
    ports = parts["Service", "scheduler"]["spec"]["ports"]
    assert words[words.index("--scheduler") + 1] == f"tls://scheduler:{ports[0]['port']}"


def test_every_setting_is_one_of_dasks(parts):
    text = (DEPLOY / "Containerfile").read_text()
    settings = {
        *parts["ConfigMap", "dask"]["data"],
        *re.findall(r"DASK_\w+", text),
        *re.findall(r"DASK_\w+", (DEPLOY.parent / "book/appendix/scaling.md").read_text()),
    }
    import_module("distributed")
    for name in settings:
        key = name.removeprefix("DASK_").lower().replace("__", ".")
        assert config.get(key, default="none") != "none", name


def test_the_image_is_made_of_what_there_is():
    text = (DEPLOY / "Containerfile").read_text()
    copied = [w for line in re.findall(r"^COPY (.*)$", text, re.M) for w in line.split()[:-1]]
    assert copied and all((DEPLOY.parent / name).exists() for name in copied)
    extras = set(re.search(r"'\.\[(.*)\]'", text)[1].split(","))
    project = (DEPLOY.parent / "pyproject.toml").read_text()
    assert extras == {"grading", "cluster", "postgresql"}
    assert all(re.search(rf"^{extra} = \[", project, re.M) for extra in extras)
    assert "bubblewrap" in text
