"""What the commands of `ganedu.__main__` do.

Here lives how the parts are put together for a whole run: settings, data, GAN, callbacks, files.
"""

import contextlib
import math
import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path

import ganedu
from ganedu import runs
from ganedu.startup import device, native_log_hidden

DEFAULTS = {"dataset": "auto", "seed": 0, "minutes": 2.0, "steps": None}
FINISH_SECONDS = 2.5  # kept for the last checkpoint and pictures, so that --minutes holds
NEEDED_BYTES = 200_000_000  # a run of hours writes less than that
LOG_EVERY, PICTURE_EVERY, CHECKPOINT_EVERY = 50, 200, 500
GRID_SEED, GRID_IMAGES = 0, 64  # the latents of the pictures are the same in all runs
MOST_FRAMES = 60
EVALUATED = 10_000  # samples; fewer where there are fewer real images
MEASURES = {  # name of the metric: what people read, its form, which way is better
    "frechet_distance": ("Fréchet distance", "{:.2f}", "smaller is better"),
    "kernel_distance": ("kernel distance", "{:.3f}", "smaller is better"),
    "precision": ("precision", "{:.3f}", "larger: samples look real"),
    "recall": ("recall", "{:.3f}", "larger: all of the real is reached"),
    "density": ("density", "{:.3f}", "larger: samples look real"),
    "coverage": ("coverage", "{:.3f}", "larger: all of the real is reached"),
    "confident": ("sure of the digit", "{:.3f}", "share with a probability above .9"),
    "classes": ("classes of ten", "{:d}", "with more than 2 % of the samples"),
    "class_kl": ("classes, KL", "{:.4f}", "smaller: classes as often as real"),
    "memorised": ("copied", "{:.3f}", "about .05 where nothing is copied"),
}


def train(dataset, minutes, steps, seed, out, resume, began):
    """`ganedu train`: make or resume a run folder and train in it.

    Args:
        dataset, minutes, steps, seed, out: values of the flags, None where a flag is omitted.
        resume: whether to go on with a run.
        began: when the command began, on the clock of `time.monotonic`.

    Returns:
        The exit code.

    Raises:
        ValueError: if a flag is out of its range or does not fit the run to resume.
        OSError: if the folder cannot be used.
        FloatingPointError: if the losses stop being numbers.
    """
    told = {"dataset": dataset, "minutes": minutes, "steps": steps, "seed": seed}
    _check_told(told)
    folder = _folder_to_resume(out) if resume else runs.make_folder(out)
    _check_room(folder)
    with runs.locked(folder), native_log_hidden():
        settings = _settings(folder, told, resume)
        if resume and _is_finished(folder, settings):
            print(f"The run in {folder} is finished. To train on, add --minutes or --steps.")
            return 0
        return _train(folder, settings, began)


def sample(run, num_images, seed, out):
    """`ganedu sample`: images of a run, or of the generator in the box.

    Args:
        run: a run folder, or the word shipped.
        num_images: how many.
        seed: integer of at least 0.
        out: file name ending in .png (a grid) or .npz (key `images`, uint8 [n, 28, 28, 1]).

    Returns:
        The exit code.

    Raises:
        ValueError: if an argument is out of its range, or the checkpoint is damaged.
        FileNotFoundError: if there is no such run.
        FileExistsError: if the file is there, and no file that ganedu made.
        OSError: if the file cannot be written.
    """
    out = Path(out)
    if out.suffix not in (".png", ".npz"):
        raise ValueError(f"--out must end in .png or .npz; got {str(out)!r}.")
    _check_not_yours(out)
    if num_images < 1:
        raise ValueError(f"--num-images must be at least 1; got {num_images}.")
    with native_log_hidden():
        import numpy as np

        from ganedu import data, plotting, shipped

        images = (
            shipped.generate(num_images, seed)
            if run == "shipped"
            else load_run(run).generate(num_images, seed)
        )
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.suffix == ".png":
            plotting.save_picture(out, images)
        else:
            np.savez_compressed(out, images=data.to_pixels(images))
    print(f"{num_images:,} images: {out}")
    return 0


def evaluate(run, num_images, seed, out, json):
    """`ganedu evaluate`: the metrics of a run's samples beside their floors, and a picture.

    Args:
        run: a run folder, or the word shipped.
        num_images: how many samples; None for 10,000, or as many as there are training images.
        seed: integer of at least 0 from which the samples are drawn.
        out: file name of the picture, ending in .png; None for evaluation.png in the run folder,
            or shipped-evaluation.png here.
        json: whether to print JSON and nothing else.

    Returns:
        The exit code.

    Raises:
        ValueError: if an argument is out of its range, or the checkpoint is damaged.
        FileNotFoundError: if there is no such run.
        FileExistsError: if the picture is there, and no file that ganedu made.
        OSError: if the file cannot be written.
    """
    shipped_one = run == "shipped"
    default = Path("shipped-evaluation.png") if shipped_one else Path(run) / "evaluation.png"
    out = Path(out or default)
    if out.suffix != ".png":
        raise ValueError(f"--out must end in .png; got {str(out)!r}.")
    _check_not_yours(out)
    with native_log_hidden(), contextlib.redirect_stdout(sys.stderr if json else sys.stdout):
        from ganedu import evaluation, shipped

        gan = None if shipped_one else load_run(run)
        dataset = "mnist" if shipped_one else runs.read_settings(run)["dataset"]
        real = evaluation.reference(dataset)
        num_images = min(EVALUATED, len(real.train)) if num_images is None else num_images
        generate = shipped.generate if shipped_one else gan.generate
        images = generate(num_images, seed)
        told = {"run": str(run), "seed": seed, **evaluation.evaluate(images, real)}
        _draw_evaluation(out, images, real, told)
    told["picture"] = str(out)
    print(_as_json(told) if json else _as_table(told))
    return 0


def colab(out, repository):
    """`ganedu colab`: the lessons as notebooks that carry the package.

    Args:
        out: folder for the notebooks.
        repository: "owner/name" to take the package from instead, or None.

    Returns:
        The exit code.

    Raises:
        ValueError: if the repository is not of the form owner/name.
        FileNotFoundError: if this is not a clone of the course.
        FileExistsError: if a notebook is there and holds something else.
    """
    from ganedu import colab

    paths = colab.write(out, repository)
    largest = max(path.stat().st_size for path in paths) / 1e6
    print(f"{len(paths)} notebooks in {out}, the largest {largest:.1f} MB. Upload one, run all.")
    return 0


def doctor():
    """`ganedu doctor`: what this machine is, and what will be used on it.

    Returns:
        0 if everything is fit for the course, 1 if something is too old or missing.
    """
    with native_log_hidden():
        import keras
        import tensorflow as tf

        from ganedu import data

        rows = {
            "ganedu": ganedu.__version__,
            "Python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
            "TensorFlow": tf.__version__,
            "Keras": keras.__version__,
            "Device": device(),
            "Data": data.whereabouts(),
            "Cache": str(data.cache_folder()).replace(str(Path.home()), "~", 1),
            "Free disk": f"{shutil.disk_usage('.').free / 1e9:.0f} GB here",
        }
        troubles = _troubles(tf.__version__, keras.__version__)
    for name, value in rows.items():
        print(f"{name + ':':12}{value}")
    seen = ", ".join(rows[name] for name in ("ganedu", "Python", "Device"))
    print(f"To report how long a lesson takes here, send its last cell with: ganedu {seen}.")
    print("\n".join(troubles) or "All is fit for the course.")
    return 1 if troubles else 0


def _check_not_yours(out):
    """Refuse to write over a file that did not come from here."""
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
    _check_recipe(folder, settings)
    gan = recipes.digit_gan(seed=settings["seed"])
    checkpoints.load(Path(folder) / runs.CHECKPOINT, gan)
    return gan


def _draw_evaluation(out, images, real, told):
    from ganedu import evaluation, plotting

    figure = plotting.evaluation_panel(
        evaluation.ranked_pairs(images, real),
        *(told[of]["class_shares"] for of in ("values", "floors")),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(plotting.png(figure))


def _as_json(told):
    from json import dumps

    return dumps(told, indent=2)


def _as_table(told):
    """The numbers of an evaluation, each beside its floor, for people."""
    values, floors = told["values"], told["floors"]
    lines = [
        f"{told['num_images']:,} samples of {told['run']} (seed {told['seed']}) against the "
        f"{told['num_reference']:,} test images of {told['dataset']}.",
        f"Real: {told['num_images']:,} training images in their place, the floor at the same n.",
        "",
        f"{'':22}{'samples':>18}{'real':>18}",
    ]
    for name, (title, form, better) in MEASURES.items():
        shown = [
            form.format(of[name])
            + (f" ± {of['kernel_error']:.3f}" if name == "kernel_distance" else "")
            for of in (values, floors)
        ]
        lines.append(f"{title:22}{shown[0]:>18}{shown[1]:>18}   {better}")
    lines += [
        "",
        f"Copied: samples closer to one training image than 95 % of unseen images are; "
        f"{told['num_compared']:,} samples.",
        f"Picture: {told['picture']}",
    ]
    return "\n".join(lines)


def _train(folder, settings, began):
    from ganedu import data, recipes

    images = _load_data(settings)
    gan = recipes.digit_gan(seed=settings["seed"])
    first_step = _load_checkpoint(folder, gan)
    if settings["steps"] and settings["steps"] < first_step:
        raise ValueError(
            f"The run in {folder} has already come to step {first_step:,}; --steps must be at "
            f"least that, got {settings['steps']:,}."
        )
    _write_settings(folder, settings)
    seconds = _rewind(folder, first_step)
    batch_size = recipes.DIGITS["batch_size"]
    end = 60 * settings["minutes"] - FINISH_SECONDS if settings["minutes"] else math.inf
    steps_left = settings["steps"] - first_step if settings["steps"] else None
    print(_announcement(folder, settings, first_step, seconds), flush=True)

    seconds_before = seconds + time.monotonic() - began
    callbacks = _callbacks(folder, gan, batch_size, seconds_before, began + end - seconds)
    bar = _progress(settings, first_step, began, seconds)
    code = 0
    if steps_left != 0:  # it was stopped between its last step and its last picture
        batches = data.batches(images, batch_size, settings["seed"], first_step, steps_left)
        del images  # the data set has its own copy
        try:
            gan.fit(
                batches,
                steps_per_epoch=steps_left or 2**31,
                callbacks=[*callbacks.values(), bar],
                verbose=0,
            )
        except KeyboardInterrupt:
            code = 130
    _finish(folder, gan, callbacks, began, finished=code == 0)
    return code


def _load_checkpoint(folder, gan):
    """Put the last checkpoint into the GAN, if there is one; return its step, or 0."""
    from ganedu import checkpoints

    try:
        return checkpoints.load(folder / runs.CHECKPOINT, gan)
    except FileNotFoundError:
        return 0
    except ValueError as error:
        raise ValueError(f"{error} {_previous_good(folder, gan)}") from error


def _load_data(settings):
    """The training images; "auto" becomes what was found."""
    from ganedu import data

    loaded = data.load(settings["dataset"])
    settings["dataset"] = loaded.name
    title = {"mnist": "MNIST", "digits": "Embedded digits"}[loaded.name]
    print(f"{title}: {len(loaded.images):,} images of handwritten digits.", flush=True)
    return loaded.images


def _callbacks(folder, gan, batch_size, seconds, deadline):
    """The callbacks of a run, in the order in which they act."""
    from ganedu import callbacks

    checkpoint = callbacks.Checkpoint(
        folder / runs.CHECKPOINT, CHECKPOINT_EVERY, saved_step=int(gan.step) or None
    )
    chosen = {
        "watch": callbacks.StopOnNonFinite(checkpoint),
        "log": callbacks.Log(
            LOG_EVERY, batch_size, seconds, lambda row: runs.append_history(folder, row)
        ),
        "samples": callbacks.SampleGrid(
            PICTURE_EVERY, GRID_SEED, folder / runs.SAMPLES, GRID_IMAGES
        ),
        "checkpoint": checkpoint,
        "clock": callbacks.StopAtTime(deadline),
    }
    for callback in chosen.values():
        callback.set_model(gan)  # they are also used without `fit`
    return chosen


def _finish(folder, gan, callbacks, began, finished):
    """The last checkpoint and pictures, and what to do next."""
    from ganedu import plotting

    callbacks["checkpoint"].save()
    callbacks["log"].close()
    callbacks["samples"].draw()
    pictures = _pictures(folder)
    every = max(1, math.ceil(len(pictures) / MOST_FRAMES))
    plotting.save_animation(folder / runs.ANIMATION, [*pictures[:-1:every], pictures[-1]])
    fresh = folder / f"new-{runs.GENERATOR}"
    gan.ema_generator.save(fresh)
    fresh.replace(folder / runs.GENERATOR)
    step = int(gan.step)
    if finished:
        runs.write_json(folder / runs.RESULT, {"step": step, "ganedu": ganedu.__version__})
    ending = "Done" if finished else "Stopped"
    print(f"{ending} after {step:,} steps, {time.monotonic() - began:.0f} s for this command.")
    print(f"Picture:   {pictures[-1]}\nAnimation: {folder / runs.ANIMATION}")
    if finished:
        print(f"Next:      uv run ganedu sample {folder} --num-images 100 --out digits.png")
    else:
        print(f"Go on:     uv run ganedu train --resume --out {folder}")


def _progress(settings, first_step, began, seconds):
    """A progress bar over steps, or over seconds where the clock decides."""
    import keras
    from tqdm import tqdm

    class Progress(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            total = settings["steps"] or round(60 * settings["minutes"] - FINISH_SECONDS)
            self.bar = tqdm(
                total=total,
                initial=first_step if settings["steps"] else round(seconds),
                bar_format="{percentage:3.0f} %|{bar:30}| {remaining} left{postfix}",
                mininterval=0.5 if sys.stderr.isatty() else 10,
                file=sys.stderr,
            )

        def on_train_batch_end(self, batch, logs=None):
            step = int(self.model.step)
            passed = step if settings["steps"] else seconds + time.monotonic() - began
            self.bar.n = min(passed, self.bar.total)
            losses = [logs[name] for name in ("discriminator_loss", "generator_loss")]
            self.bar.set_postfix_str(
                "step {:,}, discriminator {:.3f}, generator {:.3f}".format(step, *losses),
                refresh=False,
            )
            self.bar.update(0)

        def on_train_end(self, logs=None):
            self.bar.refresh()
            self.bar.close()

    return Progress()


def _check_told(told):
    """Refuse flags that are out of their range, before anything heavy is loaded."""
    datasets = ("auto", "mnist", "digits")
    if told["dataset"] not in (None, *datasets):
        raise ValueError(
            f"There is no dataset {told['dataset']!r}. Choose one of: {', '.join(datasets)}."
        )
    if told["minutes"] is not None and not 0 < told["minutes"] < math.inf:
        raise ValueError(f"--minutes must be a number above 0; got {told['minutes']}.")
    if told["steps"] is not None and told["steps"] < 1:
        raise ValueError(f"--steps must be at least 1; got {told['steps']}.")
    if told["seed"] is not None and not 0 <= told["seed"] < 2**63:
        raise ValueError(f"--seed must be an integer of at least 0; got {told['seed']}.")


def _folder_to_resume(out):
    numbered = runs.numbered()
    if out is None and not numbered:
        raise FileNotFoundError("There is no run to resume in runs/. Name one with --out.")
    folder = numbered[-1] if out is None else Path(out)
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no run folder {folder} to resume.")
    _check_is_run(folder)
    return folder


def _check_is_run(folder):
    """Refuse a folder of something else; one that was left before its first settings is fine."""
    names = {path.name for path in folder.iterdir()} - {runs.LOCK, f"{runs.SETTINGS}.partial"}
    if names and runs.SETTINGS not in names:
        raise FileNotFoundError(
            f"There is no run in {folder} (no {runs.SETTINGS} among its {len(names)} files)."
        )


def _check_room(folder):
    """Say before training what would only be noticed at the first checkpoint."""
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise OSError(
            f"The disk of {folder} has {free / 1e6:.0f} MB free; a run needs "
            f"{NEEDED_BYTES / 1e6:.0f} MB. Free some, or choose another --out."
        )
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(4096))
    except OSError as error:
        raise OSError(f"{folder} cannot be written to: {error.strerror}.") from error


def _settings(folder, told, resume):
    """The settings of the run: new ones, or the stored ones with what may be extended."""
    from ganedu import recipes

    if not resume or not (folder / runs.SETTINGS).exists():
        chosen = DEFAULTS | {name: value for name, value in told.items() if value is not None}
        if told["steps"]:
            chosen["minutes"] = None
        return {**chosen, "recipe": recipes.DIGITS}
    stored = runs.read_settings(folder)
    _check_recipe(folder, stored)
    differing = [
        f"{name}: {told[name]} here, {stored[name]} in the run"
        for name in ("dataset", "seed")
        if told[name] not in (None, stored[name]) and (name, told[name]) != ("dataset", "auto")
    ]
    if differing:
        raise ValueError(
            f"The run in {folder} has other settings ({'; '.join(differing)}). "
            "Leave these flags out, or start a new run."
        )
    if told["steps"] or told["minutes"]:
        stored["steps"], stored["minutes"] = told["steps"], told["minutes"]
    return stored


def _check_recipe(folder, settings):
    """Refuse a run that another version of the recipe began."""
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


def _write_settings(folder, settings):
    import keras
    import tensorflow as tf

    versions = {"ganedu": ganedu.__version__, "tensorflow": tf.__version__}
    runs.write_settings(folder, {**settings, "versions": {**versions, "keras": keras.__version__}})


def _is_finished(folder, settings):
    """Whether the run has come to the end that the settings ask for."""
    if not (folder / runs.RESULT).exists():
        return False
    rows = runs.read_history(folder)
    step, seconds = (rows[-1]["step"], rows[-1]["seconds"]) if rows else (0, 0.0)
    if settings["steps"]:
        return step >= settings["steps"]
    return seconds >= 60 * settings["minutes"] - 2 * FINISH_SECONDS


def _rewind(folder, step):
    """Take away what the resumed run will write again; return the seconds trained so far."""
    seconds = runs.cut_history(folder, step, LOG_EVERY)
    (folder / runs.RESULT).unlink(missing_ok=True)
    for picture in _pictures(folder):
        number = int(picture.stem)
        if number > step or number % PICTURE_EVERY:
            picture.unlink()
    for partial in folder.glob("*.partial"):  # of a process that was killed while it wrote
        partial.unlink()
    return seconds


def _pictures(folder):
    """The pictures of the run, in order of their steps."""
    return sorted((folder / runs.SAMPLES).glob("[0-9]" * 8 + ".png"))


def _previous_good(folder, gan):
    """Whether the checkpoint before the last is good, and how to go on from it."""
    from ganedu import checkpoints

    last = folder / runs.CHECKPOINT
    previous = last.with_name("checkpoint-previous.npz")
    try:
        step = checkpoints.load(previous, gan)
    except (OSError, ValueError):
        return "There is no good one before it; start a new run."
    return (
        f"The one before it, step {step:,}, is good: rename {previous.name} to {last.name} in "
        "that folder to go on from there."
    )


def _announcement(folder, settings, first_step, seconds):
    if settings["steps"]:
        length = f"{settings['steps']:,} steps"
    else:
        minutes = settings["minutes"]
        length = f"{minutes:g} minute{'s' if minutes != 1 else ''}"
    start = f" from step {first_step:,} on ({seconds:.0f} s so far)" if first_step else ""
    return (
        f"Training for {length}{start} in {folder}, seed {settings['seed']}. "
        "Ctrl-C stops and keeps everything."
    )


def _troubles(tensorflow_version, keras_version):
    """What is too old or too new, each with the command that mends it."""
    mend = "python -m pip install --upgrade 'tensorflow>=2.16.1,<3' 'keras>=3.11,<4'"
    found = []
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        found.append("Python 3.11, 3.12 or 3.13 is needed: uv python install 3.12")
    for name, version, least in (
        ("TensorFlow", tensorflow_version, (2, 16)),
        ("Keras", keras_version, (3, 11)),
    ):
        if tuple(int(part) for part in version.split(".")[:2]) < least:
            found.append(f"{name} {version} is too old: {mend}")
    return found
