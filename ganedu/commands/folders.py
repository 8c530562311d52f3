"""A run folder as commands open it: its GAN, its recipe, and what may be written over.

What is in a run folder, and who is at work on it, lives in `ganedu.runs`.
"""

import hashlib
import math
from pathlib import Path

from ganedu import folders, runs

DEFAULTS = {"dataset": "auto", "seed": 0, "minutes": 2.0, "steps": None}
DATASETS = ("auto", "mnist", "digits", "fashion_mnist", "letters")
OWN = "the folder "  # the name of a learner's own data set begins with it
MOST_STEPS, MOST_MINUTES = 10**12, 10**6
LEAST_SIDE, MOST_SIDE = 8, 16  # images in a row of the pictures of a conditional run
ARRAYS = ("images", "labels", "latents", "seeds")  # of the files that `sample` makes, in order
MOST_NAMED = 8  # classes that a sentence lists
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
    "size": (folders.is_size, folders.SIZES_IN_WORDS),
    "conditional": (lambda value: type(value) is bool, "true or false"),
    "keep_best": (lambda value: type(value) is bool, "true or false"),
    "deterministic": (lambda value: type(value) is bool, "true or false"),
    "classes": (lambda value: _is_integer(value, 2, 1000), "an integer from 2 to 1,000"),
}


def load_run(folder, best=False):
    """The GAN of a run as its last checkpoint has it, or the best one.

    Args:
        folder: a run folder.
        best: whether to take the checkpoint that --keep-best kept.

    Returns:
        A compiled `training.GAN`.

    Raises:
        FileNotFoundError: if there is no run or no checkpoint in the folder.
        ValueError: if settings or checkpoint are damaged or of another recipe.
    """
    from ganedu import checkpoints

    settings = runs.read_settings(folder)
    check_settings(folder, settings)
    name = runs.BEST if best else runs.CHECKPOINT
    if best and not (Path(folder) / name).is_file():
        raise FileNotFoundError(
            f"There is no best checkpoint in {folder}: one is kept from the first full checkpoint "
            "on, by ganedu train --keep-best. Leave --best out for the last."
        )
    gan = built(settings)
    checkpoints.load(Path(folder) / name, gan)
    check_origin(folder, settings, name)
    return gan


def built(settings):
    """The compiled GAN of a run, before its first step.

    Args:
        settings: of the run, with its recipe; conditional and classes where it is told the class.

    Returns:
        A compiled `training.GAN`.
    """
    from ganedu import recipes

    if settings.get("images"):
        return recipes.image_gan(settings["seed"], settings["recipe"])
    if is_conditional(settings):
        return recipes.conditional_gan(settings["seed"], settings["classes"])
    return recipes.digit_gan(seed=settings["seed"])


def recipe_of(settings):
    """The recipe for the images of a run, as it is here and now.

    Args:
        settings: of the run; with images of a learner's own, these have their shape and number.

    Returns:
        Dictionary.
    """
    from ganedu import recipes

    images = settings.get("images")
    if images:
        classes = settings["classes"] if is_conditional(settings) else None
        return recipes.image_recipe(images["image_shape"], images["num_images"], classes)
    return recipes.CONDITIONAL if is_conditional(settings) else recipes.DIGITS


def is_conditional(settings):
    """Whether the run's generator is told the class; runs from before labels do not say.

    Args:
        settings: of a run.

    Returns:
        True or False.
    """
    return bool(settings.get("conditional"))


def grid_of(settings, by_default):
    """How many images a picture of a run shows: of its classes whole rows, where they are few.

    Args:
        settings: of a run.
        by_default: how many for a run that is told no class.

    Returns:
        int, for a conditional run the square of a number that its classes divide; at most 256.
    """
    if not is_conditional(settings):
        return by_default
    classes = settings["classes"]
    side = classes * math.ceil(LEAST_SIDE / classes)
    return min(side, MOST_SIDE) ** 2


def class_named(settings, word):
    """The number of the class that somebody asks for by its name or by its number.

    Args:
        settings: of a conditional run.
        word: a name from the settings; or a number, where no class is named so.

    Returns:
        int.

    Raises:
        ValueError: if there is no such class.
    """
    names = (settings.get("images") or {}).get("classes") or []
    if word in names:
        return names.index(word)
    most = settings["classes"] - 1
    if str(word).isdecimal() and int(word) <= most:
        return int(word)
    known = f", or one of {shortened(names)}" if names else ""
    raise ValueError(f"--class must be in 0 … {most}{known}; got {word}.")


def shortened(names):
    """Some names in a line, and how many more there are.

    Args:
        names: list of words.

    Returns:
        str.
    """
    shown = ", ".join(name if name.isprintable() else ascii(name) for name in names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def taking_turns(settings, num_images):
    """The classes that a conditional run is asked for where nobody says which.

    Args:
        settings: of a run.
        num_images: how many.

    Returns:
        int64 array [num_images], 0, 1, 2 and so on, again and again; None where it takes none.
    """
    import numpy as np

    if not is_conditional(settings):
        return None
    return np.resize(np.arange(settings["classes"]), num_images)


def as_often(settings, labels, num_images):
    """The classes that a conditional run is asked for where its samples stand for real images.

    A distance to real images counts how often each class is met: of MNIST's digits, equally many
    of each are farther from the test images than as many training images are.

    Args:
        settings: of a run.
        labels: int array [m] of the training images; None where they are not known.
        num_images: how many.

    Returns:
        int64 array [num_images], each class as often as among the labels, to the nearest image, in
        an order that is always the same; `taking_turns` of unknown labels; None where it takes
        none.
    """
    import numpy as np

    if labels is None or not is_conditional(settings):
        return taking_turns(settings, num_images)
    places = (np.arange(num_images) * 2 + 1) * len(labels) // (2 * num_images)
    return np.random.default_rng(0).permutation(np.sort(labels)[places])


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
    own = {"dataset": None} if settings.get("images") else {}  # `_check_images` looks at its name
    check_values({**settings, **own}, damaged)
    there = settings["recipe"]
    if not isinstance(there, dict) or (settings["steps"] is None) == (settings["minutes"] is None):
        raise ValueError(f"{damaged}it must have a recipe, and either steps or minutes.")
    _check_images(settings, damaged)
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


def _check_images(settings, damaged):
    """Refuse a learner's own images of which it is not known what they are."""
    images = settings.get("images")
    if not images:
        return
    own = str(settings["dataset"]).startswith(OWN)
    kinds = {
        "folder": str,
        "size": int,
        "image_shape": list,
        "num_images": int,
        "content_sha256": str,
    }
    known = own and isinstance(images, dict)
    known = known and all(type(images.get(name)) is kind for name, kind in kinds.items())
    if known:
        *sides, channels = images["image_shape"]
        known = len(sides) == 2 and channels in (1, 3) and sides[0] == sides[1]
    if not (known and folders.is_size(sides[0]) and images["num_images"] > 0):
        raise ValueError(f"{damaged}images must say what was read: {', '.join(kinds)}.")
    if is_conditional(settings):
        names = images.get("classes")
        words = isinstance(names, list) and all(isinstance(name, str) for name in names)
        if not words or len({*names}) != settings["classes"]:
            raise ValueError(f"{damaged}images must name its {settings['classes']} classes.")


def facts_of(loaded, classes):
    """What the settings of a run say of a learner's own images.

    Args:
        loaded: `data.Images`, the training images.
        classes: the names of the classes; empty without labels.

    Returns:
        Dictionary of JSON values. The hash is of the images, and of the labels if there are any.
    """
    content = hashlib.sha256(loaded.images)
    if loaded.labels is not None:
        content.update(loaded.labels.astype("<i8"))
    facts = {
        "image_shape": [*loaded.images.shape[1:]],
        "num_images": len(loaded.images),
        "content_sha256": content.hexdigest(),
    }
    return facts | ({"classes": [*classes]} if classes else {})


def check_content(folder, asked, found, otherwise):
    """Refuse other pictures than a run was trained on.

    Args:
        folder: a run folder.
        asked: what its settings say of the images; of a run that begins, only folder and size.
        found: what was read, see `facts_of`.
        otherwise: what else to do than to put them back, in words.

    Raises:
        ValueError: with the differences.
    """
    words = {
        "image_shape": "height, width, channels",
        "num_images": "pictures",
        "content_sha256": "hash",
        "classes": "classes",
    }
    here, there = ({**f, "classes": shortened(f.get("classes") or [])} for f in (found, asked))
    differing = [
        f"{word}: {here[name]} here, {there[name]} in the run"
        for name, word in words.items()
        if name in asked and asked[name] != found.get(name)
    ]
    if differing:
        raise ValueError(
            f"{asked['folder']} does not hold the pictures that the run in {folder} was trained on "
            f"({'; '.join(differing)}). Put them back, or {otherwise}."
        )


def check_origin(folder, settings, name=runs.CHECKPOINT):
    """Refuse a checkpoint that was made with another seed or other images than the settings say.

    Args:
        folder: a run folder with a good checkpoint.
        settings: what its settings say.
        name: of the checkpoint.

    Raises:
        ValueError: if they differ.
    """
    from ganedu import checkpoints

    made = checkpoints.about(Path(folder) / name)
    differing = [
        f"{fact}: {_fact(settings, fact)} in {runs.SETTINGS}, {made[fact]} in {name}"
        for fact in ("seed", "dataset", "content_sha256")
        if fact in made and _fact(settings, fact) not in (made[fact], "auto")
    ]
    if differing:
        raise ValueError(
            f"The settings in {folder} are not those of its checkpoint ({'; '.join(differing)}). "
            f"Put back what {runs.SETTINGS} said, or start a new run."
        )


def _fact(settings, name):
    return (settings.get("images") or {}).get(name, settings.get(name))


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
                ours = [name for name in ARRAYS if name in arrays]  # older ones have no latents
                images = arrays["images"]
                return list(arrays) == ours and images.ndim == 4 and images.dtype == np.uint8
        with Image.open(path) as picture:
            words = picture.info.get("Software", picture.info.get("comment", b"").decode())
            return words == plotting.MADE_BY
    except Exception:  # whatever is wrong with it, it is not one of ours
        return False


def _is_integer(value, least, most):
    return type(value) is int and least <= value <= most
