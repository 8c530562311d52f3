"""Put the generator of a run into the box.

    uv run python -m tests.ship RUN

RUN is the folder of a finished `ganedu train`. Its averaged generator goes to `ganedu/weights/`
in half precision, and beside it how it was made.
"""

import argparse
from pathlib import Path

import numpy as np

from ganedu import commands, runs, shipped


def ship(run):
    """Write the averaged generator of a run, and how it was made.

    Args:
        run: folder of a finished run.

    Raises:
        FileNotFoundError: if there is no run in the folder.
        ValueError: if its checkpoint is damaged.
    """
    settings, gan = runs.read_settings(run), commands.load_run(run)
    weights = gan.ema_generator.get_weights()
    halves = {f"{number:02d}": np.float16(weight) for number, weight in enumerate(weights)}
    step, seed = int(gan.step), settings["seed"]
    made = {
        "what": "averaged (EMA) generator of handwritten digits, weights as float16",
        "command": f"ganedu train --dataset {settings['dataset']} --steps {step} --seed {seed}",
        "steps": step,
        "minutes": round(runs.read_history(run)[-1]["seconds"] / 60, 1),
        "seed": seed,
        "latent_dim": gan.latent_dim,
        "recipe": settings["recipe"],
        "versions": settings["versions"],
        "data": "MNIST, 60,000 training images, by Y. LeCun, C. Cortes and C. Burges, under "
        "CC BY-SA 3.0 as Keras' documentation states it",
        "licence": "CC BY 4.0, as the prose and the figures of the course",
    }
    shipped.FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(shipped.FOLDER / "digit_generator.npz", **halves)
    runs.write_json(shipped.FOLDER / "digit_generator.json", made)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m tests.ship", description=__doc__.split("\n")[0]
    )
    parser.add_argument("run", type=Path, metavar="RUN")
    ship(parser.parse_args().run)
