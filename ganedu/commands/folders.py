"""A run folder as commands open it: its GAN, its recipe, and what may be written over.

What is in a run folder, and who is at work on it, lives in `ganedu.runs`.
"""

from pathlib import Path

from ganedu import runs

DEFAULTS = {"dataset": "auto", "seed": 0, "minutes": 2.0, "steps": None}


def load_run(folder):
    """The GAN of a run as its last checkpoint has it.

    Args:
        folder: a run folder.

    Returns:
        A compiled `training.GAN`.

    Raises:
        FileNotFoundError: if there is no run or no checkpoint in the folder.
        ValueError: if settings or checkpoint are damaged or of another recipe.
    """
    from ganedu import checkpoints, recipes

    settings = runs.read_settings(folder)
    check_recipe(folder, settings)
    gan = recipes.digit_gan(seed=settings["seed"])
    checkpoints.load(Path(folder) / runs.CHECKPOINT, gan)
    return gan


def check_recipe(folder, settings):
    """Refuse a run that another version of the recipe began.

    Args:
        folder: a run folder.
        settings: what its settings say, as `runs.read_settings` returns them.

    Raises:
        ValueError: if a setting is missing, or the recipe is another one.
    """
    from ganedu import recipes

    missing = [name for name in (*DEFAULTS, "recipe") if name not in settings]
    if missing:
        path = Path(folder) / runs.SETTINGS
        raise ValueError(f"{path} is damaged: it lacks {', '.join(missing)}.")
    there = settings["recipe"]
    differing = [
        f"{name}: {recipes.DIGITS.get(name)} here, {there.get(name)} in the run"
        for name in sorted({*there, *recipes.DIGITS})
        if recipes.DIGITS.get(name) != there.get(name)
    ]
    if differing:
        raise ValueError(
            f"The run in {folder} was made with another recipe ({'; '.join(differing)}). "
            "Use the version of ganedu that made it, or start a new run."
        )


def check_not_yours(out):
    """Refuse to write over a file that did not come from here.

    Args:
        out: `pathlib.Path` of a picture or of an array file; it need not exist.

    Raises:
        FileExistsError: if it is there, and neither `sample` nor `evaluate` wrote it.
    """
    if out.exists() and not (out.is_file() and (out.stat().st_size == 0 or _made_here(out))):
        raise FileExistsError(
            f"{out} is there, and ganedu did not make it. Choose another --out, or move it away."
        )


def _made_here(path):
    """Whether a file looks like one that `sample` or `evaluate` wrote."""
    import zipfile

    import numpy as np
    from PIL import Image

    from ganedu import plotting

    try:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                return list(arrays) == ["images"]
        with Image.open(path) as picture:
            return picture.info.get("Software") == plotting.MADE_BY
    except (OSError, ValueError, TypeError, zipfile.BadZipFile):
        return False
