"""Ray Train, started in the folder of the course:

    uv run --with "ray[train]" python notebooks/launchers/ray_train.py --steps 20000

Ray starts the processes, sets TF_CONFIG in each, and calls `worker` there. What follows
the file's name goes to ganedu train; all machines must see the folder that --out names.
"""

import os
import sys

NUM_WORKERS = 2
USE_GPU = False  # True: one for each worker


def worker(config):
    """What each process does: the command, and nothing else."""
    from ganedu.__main__ import main

    os.chdir(config["folder"])  # Ray begins in a folder of its own
    if main(["train", "--strategy", "workers", *config["words"]]):
        raise RuntimeError("ganedu train has failed; its words stand above.")


def launch(words):
    """Start the workers, and wait for them."""
    from ray.train import ScalingConfig
    from ray.train.tensorflow import TensorflowTrainer

    scaling = ScalingConfig(num_workers=NUM_WORKERS, use_gpu=USE_GPU)
    config = {"folder": os.getcwd(), "words": words}
    TensorflowTrainer(worker, train_loop_config=config, scaling_config=scaling).fit()


if __name__ == "__main__":
    launch(sys.argv[1:])
