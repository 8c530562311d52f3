"""`ganedu sample`: images of a trained generator, as a picture, a film or an array of pixels."""

import re
from pathlib import Path

from ganedu import runs, startup, writing
from ganedu.commands.folders import (
    ARRAYS,
    check_not_yours,
    class_named,
    is_conditional,
    load_run,
    taking_turns,
)

DEFAULT_IMAGES = 64
MOST_IMAGES = 100_000  # all are held in memory at once
MOST_SEEDS = 1000  # of a range; each image is made alone
MOST_CORNERS = 100  # latents of a walk
STEPS_OF_A_WALK = 24  # images of the film from one latent to the next


def sample(run, num_images, seed, out, label=None, **asked):
    """`ganedu sample`: images of a run, or of the generator in the box.

    Args:
        run: a run folder, or the word shipped.
        num_images: how many; None for 64.
        seed: text, an integer of at least 0; or a range such as 3-10, for one image of each seed,
            the same as `--num-images 1` makes of it. None for 0.
        out: file name ending in .png (a grid), .npz (keys `images`, uint8 [n, height, width,
            channels], of a conditional run `labels`, int64 [n], `latents`, float32 [n,
            latent_dim], and of a range `seeds`, int64 [n]), or .gif for a walk.
        label: name or number of the class of all images of a conditional run; None where the
            classes take turns, in a walk from one latent to the next.
        **asked: walk, through how many latents a film leads; latents, name of an .npz file whose
            images are made again; best, whether to take the checkpoint that --keep-best kept.

    Returns:
        The exit code.

    Raises:
        ValueError: if an argument is out of its range, or the checkpoint is damaged.
        FileNotFoundError: if there is no such run, or no such file of latents.
        FileExistsError: if the file is there, and no file that ganedu made.
        OSError: if the file cannot be written.
    """
    out, walk = Path(out), asked["walk"]
    seeds = _seeds(seed)
    _check_told(out, num_images, seed, seeds, asked)
    kept = _kept(asked["latents"], walk) if asked["latents"] else None
    startup.start_tensorflow()
    with startup.native_log_hidden():
        settings = {} if run == "shipped" else runs.read_settings(run)
        _check_class(run, settings, label)
        generator = _generator(run, asked["best"])
        told = _latents(generator, walk or num_images or DEFAULT_IMAGES, seeds, kept)
        if is_conditional(settings):
            told = _with_labels(told, settings, label)
        if walk:
            told = _on_a_walk(told)
        images = _images(generator, told)
        _write(out, images, told)
    print(f"{len(images):,} images: {out}")
    return 0


def _seeds(text):
    """A seed, or the list of those of a range."""
    text = "0" if text is None else str(text)
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    ends = re.fullmatch(r"(\d+)-(\d+)", text)
    first, last = map(int, ends.groups()) if ends else (1, 0)
    if not 0 <= last - first < MOST_SEEDS:
        raise ValueError(
            f"--seed must be an integer of at least 0, or a range such as 3-10 of at most "
            f"{MOST_SEEDS:,}; got {text!r}."
        )
    return [*range(first, last + 1)]


def _check_told(out, num_images, seed, seeds, asked):
    """Refuse flags that do not go together, before anything heavy is loaded."""
    walk, endings = asked["walk"], (".gif",) if asked["walk"] else (".png", ".npz")
    if out.suffix not in endings:
        raise ValueError(f"--out must end in {' or '.join(endings)}; got {str(out)!r}.")
    check_not_yours(out)
    several = isinstance(seeds, list)
    for flag, given in (("--walk", walk), ("--latents", asked["latents"])):
        if given and (several or num_images is not None):
            other = "a range of seeds" if several else "--num-images"
            raise ValueError(f"{flag} says itself which images are made: leave {other} out.")
    if asked["latents"] and seed is not None:
        raise ValueError("--latents takes the place of --seed: leave one of the two out.")
    if several and num_images is not None:
        raise ValueError(
            "A range of seeds makes one image of each seed: leave --num-images out, or give one "
            "seed."
        )
    if walk is not None and not 2 <= walk <= MOST_CORNERS:
        raise ValueError(f"--walk must be at least 2 and at most {MOST_CORNERS}; got {walk}.")
    if num_images is not None and not 1 <= num_images <= MOST_IMAGES:
        raise ValueError(
            f"--num-images must be at least 1 and at most {MOST_IMAGES:,}; got {num_images}. "
            "For more, take several seeds."
        )


def _kept(path, walk):
    """What an .npz file of `sample` says of its images: latents, and labels and seeds if any."""
    import numpy as np

    if not Path(path).is_file():
        raise FileNotFoundError(f"There is no file {path}. Make one with --out and .npz.")
    try:
        with np.load(path, allow_pickle=False) as file:
            kept = {name: file[name] for name in ("latents", "labels", "seeds") if name in file}
    except Exception as error:  # a damaged archive can fail in any way
        raise ValueError(f"{path} is damaged, or no .npz file ({error}).") from error
    latents = kept.get("latents")
    good = latents is not None and latents.ndim == 2 and latents.dtype == np.float32
    good = good and 0 < len(latents) <= MOST_IMAGES and np.isfinite(latents).all()
    if not good or any(len(rows) != len(latents) for rows in kept.values()):
        raise ValueError(
            f"{path} has no latents, float32 [n, latent_dim]. Make a file that has them with "
            "ganedu sample RUN --out FILE.npz."
        )
    if walk and walk > len(latents):
        raise ValueError(f"--walk {walk}: there are only {len(latents)} latents in {path}.")
    return {name: rows[:walk] for name, rows in kept.items()}


def _check_class(run, settings, label):
    """Refuse a class where none was ever told."""
    if label is not None and not is_conditional(settings):
        raise ValueError(
            f"--class {label}: {'the generator in the box' if run == 'shipped' else run} was never "
            "told a class, so none can be asked of it. Train one that is, with --conditional."
        )


def _generator(run, best):
    from ganedu import shipped

    if run != "shipped":
        return load_run(run, best=best).ema_generator
    if best:
        raise ValueError("--best is for runs: the generator in the box has one checkpoint only.")
    return shipped.digit_generator()


def _latents(generator, number, seeds, kept):
    """Latents of a file, of a range of seeds, or so many of one seed."""
    import numpy as np

    from ganedu import seeding

    latent_dim = generator.inputs[0].shape[1]
    if kept:
        if kept["latents"].shape[1] != latent_dim:
            raise ValueError(
                f"These latents have {kept['latents'].shape[1]} numbers each, and the generator "
                f"takes {latent_dim}: they are of another run."
            )
        return kept
    if isinstance(seeds, int):
        return {"latents": seeding.sample_latents(number, latent_dim, seeds).numpy()}
    rows = [seeding.sample_latents(1, latent_dim, seed).numpy() for seed in seeds]
    return {"latents": np.concatenate(rows), "seeds": np.array(seeds, np.int64)}


def _with_labels(told, settings, label):
    """The class of each image: the one that is asked for, that of the file, or in turn."""
    import numpy as np

    number = len(told["latents"])
    if label is not None:
        labels = np.full(number, class_named(settings, label))
    elif "labels" in told:
        labels = told["labels"]
        if labels.dtype.kind != "i" or not np.isin(labels, range(settings["classes"])).all():
            raise ValueError(
                f"The labels in the file are not those of a run of {settings['classes']} classes: "
                "name a class with --class, or take another file."
            )
    elif "seeds" in told:  # as of --num-images 1
        labels = np.full(number, taking_turns(settings, 1)[0])
    else:
        labels = taking_turns(settings, number)
    return {**told, "labels": np.int64(labels)}


def _on_a_walk(told):
    import numpy as np

    from ganedu import walks

    walk = {"latents": walks.closed_walk(told["latents"], STEPS_OF_A_WALK)}
    if "labels" in told:
        walk["labels"] = np.repeat(told["labels"], STEPS_OF_A_WALK)
    return walk


def _images(generator, told):
    """Images of latents. A range's are made one by one, so that each is that of its seed."""
    import tensorflow as tf

    from ganedu import training

    chunk = 1 if "seeds" in told else 500
    labels = tf.constant(told["labels"]) if len(generator.inputs) > 1 else None
    latents = tf.constant(told["latents"])
    return training.generate_images(generator, latents, chunk, conditions=labels)


def _write(out, images, told):
    import numpy as np

    from ganedu import data, plotting

    out.parent.mkdir(parents=True, exist_ok=True)
    with writing.whole(out) as place:
        if out.suffix == ".png":
            plotting.save_picture(place, images)
        elif out.suffix == ".gif":
            plotting.save_film(place, images)
        else:
            arrays = {"images": data.to_pixels(images), **told}
            np.savez_compressed(place, **{n: arrays[n] for n in ARRAYS if n in arrays})
