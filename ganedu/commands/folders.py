"""A run folder as commands open it: its GAN, its recipe, and what may be written over.

What is in a run folder, and who is at work on it, lives in `ganedu.runs`.
"""

from pathlib import Path

from ganedu import runs

DEFAULTS = {"dataset": "auto", "seed": 0, "minutes": 2.0, "steps": None}
DATASETS = ("auto", "mnist", "digits", "fashion_mnist", "letters")
MOST_STEPS, MOST_MINUTES = 10**12, 10**6
ALLOWED = {  # name of a setting: what its values must be, as a test and in words
    "dataset": (lambda value: value in DATASETS, f"one of {', '.join(DATASETS)}"),
    "seed": (lambda value: _is_integer(value, 0, 2**63 - 1), "an integer of at least 0"),
    "minutes": (
        lambda value: type(value) in (int, float) and 0 < value <= MOST_MINUTES,
        f"a number above 0 and at most {MOST_MINUTES:,}",
    ),
    "steps": (
        lambda value: _is_integer(value, 1, MOST_STEPS),
        f"an integer of at least 1 and at most {MOST_STEPS:,}",
    ),
    "conditional": (lambda value: type(value) is bool, "true or false"),
    "classes": (lambda value: _is_integer(value, 2, 1000), "an integer from 2 to 1,000"),
}


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
    from ganedu import checkpoints

    settings = runs.read_settings(folder)
    check_settings(folder, settings)
    gan = gan_of(settings)
    checkpoints.load(Path(folder) / runs.CHECKPOINT, gan)
    check_origin(folder, settings)
    return gan


def gan_of(settings):
    """The GAN that a run trains, as it starts.

    Args:
        settings: of a run, with its seed; conditional and classes where it is told the class.

    Returns:
        A compiled `training.GAN`.
    """
    from ganedu import recipes

    if is_conditional(settings):
        return recipes.conditional_gan(seed=settings["seed"], num_classes=settings["classes"])
    return recipes.digit_gan(seed=settings["seed"])


def recipe_of(settings):
    """The recipe that it follows.

    Args:
        settings: of a run.

    Returns:
        Dictionary, one of those in `recipes`.
    """
    from ganedu import recipes

    return recipes.CONDITIONAL if is_conditional(settings) else recipes.DIGITS


def is_conditional(settings):
    """Whether the run's generator is told the class; runs from before labels do not say.

    Args:
        settings: of a run.

    Returns:
        True or False.
    """
    return bool(settings.get("conditional"))


def taking_turns(settings, num_images):
    """The classes that a conditional run is asked for where nobody says which.

    Args:
        settings: of a run.
        num_images: how many.

    Returns:
        int64 array [num_images], 0, 1, 2 and so on, again and again; None where it takes none.
    """
    import numpy as np

    return (
        np.resize(np.arange(settings["classes"]), num_images) if is_conditional(settings) else None
    )


def check_values(values, before="--"):
    """Refuse settings that are out of their range; None passes.

    Args:
        values: dictionary of settings, from flags or from a file; others than in `ALLOWED` pass.
        before: words before the name of a setting.

    Raises:
        ValueError: with the first that is not allowed.
    """
    for name, (allowed, words) in ALLOWED.items():
        value = values.get(name)
        if value is not None and not allowed(value):
            raise ValueError(f"{before}{name} must be {words}; got {f'{value!r}':.60}.")


def check_settings(folder, settings):
    """Refuse settings that no run can have, or those of another version of the recipe.

    Args:
        folder: a run folder.
        settings: what its settings say, as `runs.read_settings` returns them.

    Raises:
        ValueError: if a setting is missing or out of its range, or the recipe is another one.
    """
    damaged = f"{Path(folder) / runs.SETTINGS} is damaged: "
    missing = [name for name in (*DEFAULTS, "recipe") if name not in settings]
    missing += [n for n in ("dataset", "seed") if n in settings and settings[n] is None]
    missing += ["classes"] if is_conditional(settings) and not settings.get("classes") else []
    if missing:
        raise ValueError(f"{damaged}it lacks {', '.join(missing)}.")
    check_values(settings, damaged)
    there = settings["recipe"]
    if not isinstance(there, dict) or (settings["steps"] is None) == (settings["minutes"] is None):
        raise ValueError(f"{damaged}it must have a recipe, and either steps or minutes.")
    here = recipe_of(settings)
    differing = [
        f"{name}: {here.get(name)} here, {there.get(name)} in the run"
        for name in sorted({*there, *here})
        if here.get(name) != there.get(name)
    ]
    if differing:
        raise ValueError(
            f"The run in {folder} was made with another recipe ({'; '.join(differing)}). "
            "Use the version of ganedu that made it, or start a new run."
        )


def check_origin(folder, settings):
    """Refuse a checkpoint that was made with another seed or other images than the settings say.

    Args:
        folder: a run folder with a good checkpoint.
        settings: what its settings say.

    Raises:
        ValueError: if they differ.
    """
    from ganedu import checkpoints

    made = checkpoints.about(Path(folder) / runs.CHECKPOINT)
    differing = [
        f"{name}: {settings[name]} in {runs.SETTINGS}, {made[name]} in {runs.CHECKPOINT}"
        for name in ("seed", "dataset")
        if name in made and settings[name] not in (made[name], "auto")
    ]
    if differing:
        raise ValueError(
            f"The settings in {folder} are not those of its checkpoint ({'; '.join(differing)}). "
            f"Put back what {runs.SETTINGS} said, or start a new run."
        )


def check_not_yours(out):
    """Refuse to write over a file that did not come from here.

    Args:
        out: `pathlib.Path` of a picture or of an array file; it need not exist.

    Raises:
        FileExistsError: if it is there, and neither `sample` nor `evaluate` wrote it; or if it
            has its place among the pictures that a run makes of itself.
    """
    if out.parent.name == runs.SAMPLES and (out.parent.parent / runs.SETTINGS).exists():
        raise FileExistsError(f"{out.parent} is for the run's own pictures. Choose another --out.")
    if out.exists() and not (out.is_file() and (out.stat().st_size == 0 or _made_here(out))):
        raise FileExistsError(
            f"{out} is there, and ganedu did not make it. Choose another --out, or move it away."
        )


def _made_here(path):
    """Whether a file looks like one that `sample` or `evaluate` wrote."""
    import numpy as np
    from PIL import Image

    from ganedu import plotting

    try:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                return list(arrays) in (["images"], ["images", "labels"])
        with Image.open(path) as picture:
            return picture.info.get("Software") == plotting.MADE_BY
    except Exception:  # whatever is wrong with it, it is not one of ours
        return False


def _is_integer(value, least, most):
    return type(value) is int and least <= value <= most
