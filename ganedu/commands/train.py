"""`ganedu train`: a whole run put together from its parts.

Here lives how settings, data, GAN, callbacks and files meet; and how a run that was stopped goes
on. What is in a run folder lives in `ganedu.runs`, the network and its settings in
`ganedu.recipes`.
"""

import contextlib
import math
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import ganedu
from ganedu import folders, launch, runs, startup, writing
from ganedu.commands.folders import (
    DEFAULTS,
    as_often,
    built,
    check_content,
    check_origin,
    check_settings,
    check_values,
    facts_of,
    grid_of,
    is_conditional,
    recipe_of,
    shortened,
    taking_turns,
)

FINISH_SECONDS = 2.5  # kept for the last checkpoint and pictures, so that --minutes holds
NEEDED_BYTES = 200_000_000  # a run of hours writes less than that
NEEDED_FOR_IMAGES = 1_000_000_000  # of pictures that are larger, and in colour
LOG_EVERY, PICTURE_EVERY, CHECKPOINT_EVERY = 50, 200, 500
COMPARED, MOST_HELD_OUT = 500, 1000  # samples and images by which the best is chosen
GRID_SEED, GRID_IMAGES = 0, 64  # the latents of the pictures are the same in all runs
MOST_FRAMES = 60
YES_OR_NO = ("conditional", "keep_best", "deterministic")  # settings that a run keeps to its end
TITLES = {
    "mnist": ("MNIST", "handwritten digits"),
    "digits": ("Embedded digits", "handwritten digits"),
    "fashion_mnist": ("Fashion-MNIST", "clothes"),
    "letters": ("Letters", "capital letters"),
}


def train(out, resume, began, strategy=None, **told):
    """`ganedu train`: make or resume a run folder and train in it.

    Of several processes that a launcher started one, the leader, has the run folder; the others
    only read in it, and train along.

    Args:
        out: value of the flag, None where it is omitted.
        resume: whether to go on with a run.
        began: when the command began, on the clock of `time.monotonic`.
        strategy: which devices train, one of `replicas.NAMES`, None for "auto"; no setting of the
            run.
        **told: the other flags: dataset, images, size, conditional, keep_best, deterministic,
            minutes, steps and seed, None where a flag is omitted.

    Returns:
        The exit code: 0 at the end of the run, 128 + the number of the signal that stopped it.

    Raises:
        ValueError: if a flag is out of its range or does not fit the run to resume.
        OSError: if the folder cannot be used.
        FloatingPointError: if the losses stop being numbers.
    """
    check_values(told)
    strategy = strategy or "auto"
    if told["images"] is not None:
        told["images"] = str(folders.checked_folder(told["images"]))
    if told["size"] and not (told["images"] or resume):
        raise ValueError("--size goes with --images: it is the size of pictures of your own.")
    if strategy in ("auto", "workers") and not launch.is_leader():
        return _follow(out, told, resume, strategy)
    folder = _folder_to_resume(out) if resume else runs.make_folder(out)
    _check_room(folder, NEEDED_FOR_IMAGES if told["images"] else NEEDED_BYTES)
    with runs.locked(folder), _stoppable() as stops:
        _tell_last_words(folder)
        with startup.native_log_hidden(keep=folder / runs.NATIVE):
            devices = _devices(strategy)
            settings = _settings(folder, told, resume)
            if resume and _is_finished(folder, settings):
                print(f"The run in {folder} is finished. To train on, add --minutes or --steps.")
                return 0
            return _train(folder, settings, began, stops, devices)


def _train(folder, settings, began, stops, devices):
    images, labels, held_out = _load_data(folder, settings)
    real = _reference(settings, images, labels, held_out)
    gan, batches, first_step = _begun(folder, settings, images, labels, devices)
    _write_settings(folder, settings)
    seconds = _rewind(folder, first_step)
    end = 60 * settings["minutes"] - FINISH_SECONDS if settings["minutes"] else math.inf
    steps_left = _steps_left(settings, first_step)
    del images, held_out  # the data set has its own copy
    print(_announcement(folder, settings, first_step, seconds), flush=True)
    if devices.num_replicas_in_sync > 1:
        print(f"Replicas: {devices.num_replicas_in_sync}, of one batch.", flush=True)

    seconds_before = seconds + time.monotonic() - began
    callbacks = _callbacks(folder, gan, settings, seconds_before, began + end - seconds, real)
    bar = _progress(settings, first_step, began, seconds)
    with _way_on(folder, callbacks["checkpoint"]), _together(gan):
        stops.put_off = True  # from here to the last checkpoint only `fit` itself is stopped
        code = _fit(gan, batches, steps_left, [*callbacks.values(), bar], stops)
        callbacks["checkpoint"].save()
        stops.put_off = False
        _finish(folder, gan, callbacks, began, finished=code == 0)
    return code


def _follow(out, told, resume, strategy):
    """Train along in a process that writes nothing; the leader decides where it ends."""
    with _stoppable() as stops, contextlib.redirect_stdout(None), startup.native_log_hidden():
        devices = _devices(strategy)
        from ganedu import callbacks

        # what a run folder is asked for, the leader's alone says; a new run needs none
        folder = _folder_to_resume(out) if resume else Path(os.devnull)
        settings = _settings(folder, told, resume)
        if resume and _is_finished(folder, settings):
            return 0
        images, labels, _ = _load_data(folder, settings)
        gan, batches, first_step = _begun(folder, settings, images, labels, devices)
        with tempfile.TemporaryDirectory() as scratch:
            # the means of the log lie in all processes: who reads one adds up all of them, so
            # this one reads them when the leader does
            log = callbacks.Log(LOG_EVERY, settings["recipe"]["batch_size"])
            path = Path(scratch) / runs.CHECKPOINT
            checkpoint = callbacks.Checkpoint(path, CHECKPOINT_EVERY, first_step or None)
            for callback in (log, checkpoint):
                callback.set_model(gan)
            steps_left = _steps_left(settings, first_step)
            with _together(gan):
                code = _fit(gan, batches, steps_left, [log, checkpoint], stops)
                checkpoint.save()
                log.close()
        return code


def _devices(strategy):
    """Start TensorFlow with the devices that are to train."""

    def prepare():
        from ganedu import replicas

        return replicas.strategy(strategy)

    return startup.start_tensorflow(prepare)


def _begun(folder, settings, images, labels, devices):
    """The GAN at its last checkpoint, the batches from there on, and the number of the step."""
    if settings.get("deterministic"):
        startup.be_deterministic()
    with _together():
        return _begun_together(folder, settings, images, labels, devices)


def _begun_together(folder, settings, images, labels, devices):
    from ganedu import data, replicas

    if settings.get("keep_best") and replicas.are_processes(devices):
        raise ValueError(
            "--keep-best is for one process: others could not tell when it keeps a checkpoint, "
            "and would wait for ever. Leave it out, or take --strategy one."
        )
    replicas.check_batch(settings["recipe"]["batch_size"], devices.num_replicas_in_sync)
    replicas.check_same(_common(settings, len(images)), devices)  # before weights are shared
    with devices.scope():
        gan = built(settings)
    first_step = _load_checkpoint(folder, settings, gan)
    replicas.check_same(f"step {first_step:,}", devices)  # of the run folder that each has read
    numbers = settings["recipe"]["batch_size"], settings["seed"], first_step
    steps_left = _steps_left(settings, first_step)
    return gan, data.batches(images, *numbers, steps_left, conditions=labels), first_step


def _common(settings, num_images):
    """What all processes must have alike to train one network on one data set."""
    content = (settings.get("images") or {}).get("content_sha256", "as named")
    told = "told the class" if is_conditional(settings) else "not told the class"
    order = "deterministic" if settings.get("deterministic") else "in any order"
    return (
        f"{settings['dataset']}, {num_images:,} images, content {content}, seed "
        f"{settings['seed']}, {settings['steps']} steps, {told}, {order}, "
        f"recipe {settings['recipe']}"
    )


@contextlib.contextmanager
def _together(gan=None):
    """Where several processes train: what the end of one means to this one, in a sentence."""
    import tensorflow as tf

    try:
        yield
    except tf.errors.OpError as error:
        memory = isinstance(error, tf.errors.ResourceExhaustedError)  # this one's own
        if memory or launch.num_processes() < 2:
            raise
        where = f"near step {int(gan.step):,}" if gan is not None else "before its first step"
        raise OSError(
            "Another process of this training has ended, or cannot be reached, so this one ends "
            f"as well, {where}. Start all of them again, with --resume."
        ) from error


def _steps_left(settings, first_step):
    return settings["steps"] - first_step if settings["steps"] else None


def _fit(gan, batches, steps_left, callbacks, stops):
    """Train to the end, or until somebody stops it; return the exit code."""
    if steps_left == 0:  # it was stopped between its last step and its last picture
        return 0
    try:
        gan.fit(batches, steps_per_epoch=steps_left or 2**31, callbacks=callbacks, verbose=0)
    except KeyboardInterrupt:
        return stops.code
    finally:
        if hasattr(callbacks[-1], "bar"):
            callbacks[-1].close()
    return 0


@contextlib.contextmanager
def _stoppable():
    """Let a closed terminal and the system's request to end stop a run as Ctrl-C does.

    While `put_off` is set, a second request is not heard: the last checkpoint is being written.
    """
    stops, number_of = SimpleNamespace(put_off=False, code=130), signal.SIGINT
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(number_of) in (None, signal.SIG_IGN):
        yield stops
        return

    def stop(number, frame):
        if not stops.put_off:
            raise KeyboardInterrupt

    def stop_as_well(number, frame):
        stops.code = 128 + number
        signal.raise_signal(number_of)

    others = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    others = [other for other in others if signal.getsignal(other) is signal.SIG_DFL]
    before = {number_of: signal.signal(number_of, stop)}
    before |= {other: signal.signal(other, stop_as_well) for other in others}
    try:
        yield stops
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _way_on(folder, checkpoint):
    """To what ends a run before its time, add what is kept and how to go on."""
    command = f"uv run ganedu train --resume --out {folder}"
    try:
        yield
    except OSError as error:
        kept = checkpoint.last_good()
        told = str(error) if kept in str(error) else f"{error}. {kept}"
        raise OSError(f"{told} Go on: {command}") from error
    except KeyboardInterrupt:
        print(f"{checkpoint.last_good()} Go on: {command}", file=sys.stderr)
        raise


def _tell_last_words(folder):
    """What TensorFlow said when it ended the process before this one."""
    path = folder / runs.NATIVE
    text = path.read_text("utf-8", errors="replace") if path.is_file() else ""
    if fatal := re.findall(r"^F\d{4} .*", text, re.MULTILINE):
        print("The process before this one ended with these words:", *fatal, sep="\n", flush=True)


def _load_checkpoint(folder, settings, gan):
    """Put the last checkpoint into the GAN, if there is one; return its step, or 0."""
    from ganedu import checkpoints

    try:
        step = checkpoints.load(folder / runs.CHECKPOINT, gan)
    except FileNotFoundError:
        return 0
    except ValueError as error:
        raise ValueError(f"{error} {_previous_good(folder, gan)}") from error
    check_origin(folder, settings)
    if settings["steps"] and settings["steps"] < step:
        raise ValueError(
            f"The run in {folder} has already come to step {step:,}; --steps must be at "
            f"least that, got {settings['steps']:,}."
        )
    return step


def _load_data(folder, settings):
    """Training images, labels if the run takes them, held-out pictures if it needs them.

    "auto" becomes what was found.
    """
    from ganedu import data

    if settings.get("images"):
        return _load_images(folder, settings)
    loaded = data.load(settings["dataset"])
    settings["dataset"] = loaded.name
    title, what = TITLES[loaded.name]
    print(f"{title}: {len(loaded.images):,} images of {what}.", flush=True)
    if not is_conditional(settings):
        return loaded.images, None, None
    settings["classes"] = int(loaded.labels.max()) + 1
    return loaded.images, loaded.labels, None


def _load_images(folder, settings):
    """The same of a learner's own pictures.

    What was read is put into the settings, or is there.
    """
    from ganedu import data

    asked, told = settings["images"], is_conditional(settings)
    read = folders.read(asked["folder"], asked["size"], labels=told)
    loaded = data.part_of(read)
    found = facts_of(loaded, read.classes)
    check_content(folder, asked, found, "start a new run")
    settings["dataset"] = loaded.name
    settings["images"] = {**asked, **found, "size": found["image_shape"][0]}
    if told:
        _check_classes(read.classes, loaded.labels)
        settings["classes"] = len(read.classes)
    settings["recipe"] = recipe_of(settings)
    _check_number(found["num_images"], asked["folder"], settings["recipe"])
    return loaded.images, loaded.labels, read.images[read.held_out]


def _check_classes(names, labels):
    """Refuse a class that the run would never see, and say what the classes are."""
    check_values({"classes": len(names)}, "The number of ")
    missing = [name for i, name in enumerate(names) if i not in labels]
    if missing:
        raise ValueError(
            f"No picture of {shortened(missing)} is left to train on: about a tenth is held out, "
            "chosen by what a picture shows. Put more pictures into each class' folder."
        )
    print(f"Classes: {shortened(names)}.", flush=True)


def _check_number(number, folder, recipe):
    """Refuse fewer pictures than a step takes, and say what is done where they are few."""
    if number < recipe["batch_size"]:
        raise ValueError(
            f"There are {number} pictures to train on, and a step takes {recipe['batch_size']}: "
            f"put more into {folder}, some hundreds at least."
        )
    if recipe["changes"]:
        print(
            f"{number:,} training pictures are few: they are shifted, partly covered, brightened "
            "and paled at random, so that they are not learnt by heart.",
            flush=True,
        )


def _callbacks(folder, gan, settings, seconds, deadline, real):
    """The callbacks of a run, in the order in which they act."""
    from ganedu import callbacks

    batch_size, facts = settings["recipe"]["batch_size"], _facts(settings)
    checkpoint = callbacks.Checkpoint(
        folder / runs.CHECKPOINT, CHECKPOINT_EVERY, int(gan.step) or None, facts
    )
    best = {"best": _keep_best(folder, settings, facts, real)} if real else {}
    chosen = {
        "watch": callbacks.StopOnNonFinite(checkpoint),
        "log": callbacks.Log(
            LOG_EVERY, batch_size, seconds, lambda row: runs.append_history(folder, row)
        ),
        "samples": sample_grid(folder, settings),
        "checkpoint": checkpoint,
        **best,
        "clock": callbacks.StopAtTime(deadline),
    }
    for callback in chosen.values():
        callback.set_model(gan)  # they are also used without `fit`
    if best:
        best["best"].begin()
    return chosen


def sample_grid(folder, settings):
    """The callback that draws the pictures of a run, from the latents that all runs share.

    Args:
        folder: `pathlib.Path` of a run folder.
        settings: of the run.

    Returns:
        `callbacks.SampleGrid`.
    """
    from ganedu import callbacks

    num_images = grid_of(settings, GRID_IMAGES)
    conditions = taking_turns(settings, num_images)
    return callbacks.SampleGrid(
        PICTURE_EVERY, GRID_SEED, folder / runs.SAMPLES, num_images, conditions=conditions
    )


def _facts(settings):
    """What a checkpoint says of the run."""
    own = settings.get("images") or {}
    hashes = {name: own[name] for name in ("content_sha256",) if name in own}
    return {"dataset": settings["dataset"], **hashes}


def _keep_best(folder, settings, facts, real):
    from ganedu import callbacks

    conditions = as_often(settings, real.train_labels, COMPARED)
    facts = {**facts, "features": _features_of_best(settings)}
    return callbacks.KeepBest(
        folder / runs.BEST, CHECKPOINT_EVERY, real, facts, COMPARED, conditions=conditions
    )


def _features_of_best(settings):
    return "outlines" if settings.get("images") else f"the classifier of {settings['dataset']}"


def _reference(settings, images, labels, held_out):
    """What the best is chosen by, and a sentence that says so; None where it is not asked for."""
    from ganedu import evaluation

    if not settings.get("keep_best"):
        return None
    if settings.get("images"):
        real, _ = evaluation.reference_of_pictures(images, held_out, settings["dataset"])
    else:
        real = evaluation.reference(settings["dataset"], MOST_HELD_OUT)
    print(
        f"The best is kept: every {CHECKPOINT_EVERY} steps {COMPARED} samples are held against "
        f"{len(real.test):,} held-out images, by the Fréchet distance of "
        f"{real.predictions.features.shape[1]} features ({_features_of_best(settings)}).",
        flush=True,
    )
    few = real.test[:0]  # the training images need not be held twice
    return real._replace(train=few, train_labels=labels)


def _finish(folder, gan, callbacks, began, *, finished):
    """The last pictures and the generator, and what to do next."""
    callbacks["log"].close()
    callbacks["samples"].draw()
    with writing.whole(folder / runs.GENERATOR) as place:
        gan.ema_generator.save(place)
    pictures, step, trouble = _pictures(folder), int(gan.step), None
    try:
        _animate(folder, pictures)
    except OSError as error:  # the least that a run leaves behind: first the result
        trouble = error
    if finished:
        runs.write_json(folder / runs.RESULT, {"step": step, "ganedu": ganedu.__version__})
    if trouble:
        raise trouble
    ending = "Done" if finished else "Stopped"
    print(f"{ending} after {step:,} steps, {time.monotonic() - began:.0f} s for this command.")
    print(f"Picture:   {pictures[-1]}\nAnimation: {folder / runs.ANIMATION}")
    if "best" in callbacks:
        _tell_best(folder, callbacks["best"])
    if finished:
        out = "pictures.png" if runs.read_settings(folder).get("images") else "digits.png"
        print(f"Next:      uv run ganedu sample {folder} --num-images 100 --out {out}")
    else:
        print(f"Go on:     uv run ganedu train --resume --out {folder}")


def _tell_best(folder, kept):
    if kept.best is None:
        print(f"Best:      none yet; it is looked for every {kept.every:,} steps.")
        return
    distance, step = kept.best
    print(
        f"Best:      step {step:,}, Fréchet distance {distance:.4g}: {folder / runs.BEST}; add "
        f"--best to sample it. Looking for it took {kept.seconds:.0f} s."
    )


def _animate(folder, pictures):
    from ganedu import plotting

    every = max(1, math.ceil(len(pictures) / MOST_FRAMES))
    with writing.whole(folder / runs.ANIMATION) as place:
        plotting.save_animation(place, [*pictures[:-1:every], pictures[-1]])


def _progress(settings, first_step, began, seconds):
    """A progress bar over steps, or over seconds where the clock decides."""
    import keras
    from tqdm import tqdm

    class Progress(keras.callbacks.Callback):
        bar = None

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
            with contextlib.suppress(OSError):  # the terminal may be gone
                self.bar.update(0)

        def close(self):  # also after an error: its stream is closed before it would be itself
            with contextlib.suppress(OSError, AttributeError):  # there may be no bar yet
                self.bar.close()  # which shows it for the last time

    return Progress()


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
    names = {path.name for path in folder.iterdir()} - {runs.LOCK, runs.NATIVE}
    names -= {path.name for path in writing.leftovers(folder)}
    if names and runs.SETTINGS not in names:
        raise FileNotFoundError(
            f"There is no run in {folder} (no {runs.SETTINGS} among its {len(names)} files)."
        )


def _check_room(folder, needed):
    """Say before training what would only be noticed at the first checkpoint."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OSError(
            f"The disk of {folder} has {free / 1e6:.0f} MB free; a run needs "
            f"{needed / 1e6:.0f} MB. Free some, or choose another --out."
        )
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(4096))
    except OSError as error:
        raise OSError(f"{folder} cannot be written to: {error.strerror}.") from error


def _settings(folder, told, resume):
    """The settings of the run: new ones, or the stored ones with what may be extended."""
    if not resume or not (folder / runs.SETTINGS).exists():
        return _new_settings(folder, told, resume)
    stored = runs.read_settings(folder)
    check_settings(folder, stored)
    own = stored.get("images")
    there = {**stored, "images": own and own["folder"], "size": own and own["size"]}
    there |= {name: bool(stored.get(name)) for name in YES_OR_NO}
    free = {"minutes", "steps"} | ({"images"} if own else set())  # the content decides
    differing = [
        f"{name}: {value} here, {there[name]} in the run"
        for name, value in told.items()
        if name not in free
        and value not in (None, there[name])
        and (name, value, own) != ("dataset", "auto", None)
    ]
    if differing:
        raise ValueError(
            f"The run in {folder} has other settings ({'; '.join(differing)}). "
            "Leave these flags out, or start a new run."
        )
    if told["steps"] or told["minutes"]:
        stored["steps"], stored["minutes"] = told["steps"], told["minutes"]
    if own and told["images"]:  # it may have been moved
        own["folder"] = told["images"]
    return stored


def _new_settings(folder, told, resume):
    """Of a run that begins; one that ended before its data were read does not know which."""
    named = (*DEFAULTS, *YES_OR_NO)
    chosen = DEFAULTS | {name: told[name] for name in named if told[name] is not None}
    if told["steps"]:
        chosen["minutes"] = None
    if resume:
        what = told["images"] or f"--dataset {chosen['dataset']}"
        print(f"The run in {folder} had not begun: it begins now, with {what}.", flush=True)
    if told["images"]:  # the data set, its classes, and the recipe, are known when it is read
        return {**chosen, "images": {"folder": told["images"], "size": told["size"]}}
    return {**chosen, "recipe": recipe_of(chosen)}


def _write_settings(folder, settings):
    import keras
    import tensorflow as tf

    versions = {"ganedu": ganedu.__version__, "tensorflow": tf.__version__}
    runs.write_settings(folder, {**settings, "versions": {**versions, "keras": keras.__version__}})


def _is_finished(folder, settings):
    """Whether the run has come to the end that the settings ask for."""
    if not (folder / runs.RESULT).exists() or not (folder / runs.ANIMATION).is_file():
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
    for place in (folder, folder / runs.SAMPLES):
        writing.sweep(place)  # of a process that was killed while it wrote
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
