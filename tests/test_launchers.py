"""The launchers' files: each sets TF_CONFIG and calls the command, and nothing else.

No engine is asked for here. Slurm's file runs with stand-ins for its two commands; the
operator's is parsed; Ray's runs with a stand-in for its trainer.
"""

import json
import os
import runpy
import subprocess
import sys
import types
from pathlib import Path

import pytest
import yaml

from ganedu import launch
from ganedu.__main__ import parser

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "notebooks/launchers"
WORDS = ["--steps", "20", "--out", "runs/a run"]
STAND_INS = {
    "bin/scontrol": 'test "$*" = "show hostnames one,two" && printf "one\\ntwo\\n"',
    "bin/srun": 'for id in 0 1; do SLURM_PROCID=$id "$@"; done',
    "bin/uv": 'echo "$@" >> synced',
    ".venv/bin/python": 'printf "%s\\n" "$TF_CONFIG" "$SRUN_CPUS_PER_TASK" "$#" "$@"',
}


def trains(words):
    """What `ganedu train` understands of these words."""
    return vars(parser().parse_args(words))


def test_slurm(tmp_path):
    for name, text in STAND_INS.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(0o755)
    told = {"SLURM_JOB_NODELIST": "one,two", "SLURM_JOB_ID": "1234567", "SLURM_CPUS_PER_TASK": "8"}
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    said = subprocess.run(
        ["bash", FOLDER / "slurm.sh", *WORDS],
        cwd=tmp_path,
        env={**os.environ, **told, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    [synced] = (tmp_path / "synced").read_text().splitlines()  # once, not by each process
    assert synced.split()[0] == "sync"
    half = len(said) // 2
    for index, (config, cpus, number, *words) in enumerate((said[:half], said[half:])):
        assert json.loads(config) == {
            "cluster": {"worker": ["one:24567", "two:24567"]},
            "task": {"type": "worker", "index": index},
        }
        assert cpus == "8" and words[:2] == ["-m", "ganedu"] and int(number) == len(words)
        options = trains(words[2:])
        assert (options["strategy"], options["out"]) == ("workers", "runs/a run")


def test_slurms_signal_reaches_a_process_once():
    """All processes of a step get it, so nothing may stand between that passes it on."""
    lines = (FOLDER / "slurm.sh").read_text().splitlines()
    code = "\n".join(line.partition("#")[0] for line in lines)
    assert "exec .venv/bin/python" in code and "uv run" not in code


def test_slurms_own_lines_ask_for_one_process_a_node():
    lines = (FOLDER / "slurm.sh").read_text().splitlines()
    asked = dict(line.removeprefix("#SBATCH --").split("=") for line in lines if "SBATCH" in line)
    assert asked["ntasks-per-node"] == "1" and int(asked["nodes"]) > 1
    assert asked["signal"] == "TERM@60"  # in time for a last checkpoint


def test_kubernetes():
    job = yaml.safe_load((FOLDER / "kubernetes.yaml").read_text())
    assert (job["apiVersion"], job["kind"]) == ("kubeflow.org/v1", "TFJob")
    [(kind, task)] = job["spec"]["tfReplicaSpecs"].items()
    assert kind == "Worker" and task["replicas"] > 1
    pod = task["template"]["spec"]
    [container] = pod["containers"]
    assert container["name"] == "tensorflow"
    words = [*container["command"], *container["args"]]
    assert words[:3] == ["uv", "run", "ganedu"] and all(isinstance(word, str) for word in words)
    options = trains(words[3:])
    mounted = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    assert options["strategy"] == "workers"
    assert mounted["/" + options["out"].split("/")[1]] in {each["name"] for each in pod["volumes"]}


@pytest.mark.parametrize("code", [0, 1])
def test_ray(monkeypatch, code):
    started = []

    class Trainer:
        def __init__(self, loop, train_loop_config, scaling_config):
            self.call = lambda: loop(train_loop_config)
            self.number = scaling_config["num_workers"]

        def fit(self):
            for _ in range(self.number):
                self.call()

    names = {"ray.train": {"ScalingConfig": dict}, "ray.train.tensorflow": {}}
    names["ray.train.tensorflow"]["TensorflowTrainer"] = Trainer
    for name, content in {"ray": {}, **names}.items():
        module = types.ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr("ganedu.__main__.main", lambda words: started.append(words) or code)
    ray_train = runpy.run_path(str(FOLDER / "ray_train.py"))
    if code:
        with pytest.raises(RuntimeError, match="words stand above"):
            ray_train["launch"](WORDS)
    else:
        ray_train["launch"](WORDS)
        assert len(started) == ray_train["NUM_WORKERS"]
    assert all(trains(words)["strategy"] == "workers" for words in started)


def test_they_name_the_variable_that_the_package_reads():
    assert launch.VARIABLE in (FOLDER / "slurm.sh").read_text()
