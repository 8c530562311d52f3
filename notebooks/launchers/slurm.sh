#!/bin/bash
# Slurm: sbatch notebooks/launchers/slurm.sh --images faces --steps 20000 --out runs/faces
#
# One process on each node, with all GPUs of it. Run it from the folder of the course, which all
# nodes must see. What follows the file's name goes to ganedu train. Without GPUs take out the line
# that asks for them, and --extra gpu.
#SBATCH --job-name=ganedu
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --gpus-per-node=1
#SBATCH --time=02:00:00
#SBATCH --signal=TERM@60
set -euo pipefail

export SRUN_CPUS_PER_TASK="${SLURM_CPUS_PER_TASK:-1}"  # srun does not take it from sbatch by itself
uv sync --extra gpu  # once; a `uv run` in each process would also hand on each signal a second time

export GANEDU_NODES="$(scontrol show hostnames "$SLURM_JOB_NODELIST")"
export GANEDU_PORT="$((20000 + SLURM_JOB_ID % 10000))"

# every process says who takes part, and which one it is
srun bash -c '
    export TF_CONFIG="$(python3 - <<PYTHON
import json, os
nodes = os.environ["GANEDU_NODES"].split()
addresses = [node + ":" + os.environ["GANEDU_PORT"] for node in nodes]
task = {"type": "worker", "index": int(os.environ["SLURM_PROCID"])}
print(json.dumps({"cluster": {"worker": addresses}, "task": task}))
PYTHON
)"
    exec .venv/bin/python -m ganedu train --strategy workers "$@"
' ganedu "$@"
