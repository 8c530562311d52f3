"""What happens beside training: the log, pictures, checkpoints, and stopping in time.

Here live Keras callbacks for `GAN.fit`. They look at the step that the GAN has reached, not at
Keras' count of batches, so they go on in the right rhythm after a resume.
Taught in lessons 06 and 07.
"""

import shutil
import time
from pathlib import Path

import keras
import numpy as np

from ganedu import checkpoints, data, evaluation, metrics, plotting, runs, writing

COMPARED_SEED = 0  # the latents of `KeepBest` are the same at all steps


class Log(keras.callbacks.Callback):
    """A row of means every so many steps.

    Attributes:
        rows: list of dictionaries with step, seconds, images and the five values of the log.

    Args:
        every: steps that a row averages over.
        batch_size: real images of a step, for the column `images`.
        seconds: training time of the run before this `fit`.
        on_row: function that is called with each new row.

    Example:
        >>> Log(every=100, batch_size=32).rows
        []
    """

    def __init__(self, every, batch_size, seconds=0.0, on_row=None):
        super().__init__()
        self.every, self.batch_size, self.seconds = every, batch_size, seconds
        self.rows, self._on_row = [], on_row or (lambda row: None)
        self._began = time.monotonic()

    def on_train_begin(self, logs=None):
        self._began = time.monotonic()
        self._kept = self._running_means()

    def on_epoch_begin(self, epoch, logs=None):
        # `fit` has just set the running means to zero; a row may cross the border of an epoch
        # or, after a resume, have begun in the run before
        for variable, value in zip(self._variables(), self._kept, strict=True):
            variable.assign(value)

    def on_train_batch_begin(self, batch, logs=None):
        if int(self.model.step) % self.every == 0:
            self.model.reset_metrics()

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step) % self.every == 0:
            self.add_row(logs)

    def on_epoch_end(self, epoch, logs=None):
        self._kept = self._running_means()

    def on_train_end(self, logs=None):
        self.close()

    def close(self):
        """Add a last row for the steps since the last whole one, if there are any."""
        step = int(self.model.step)
        if step % self.every and (not self.rows or self.rows[-1]["step"] < step):
            self.add_row({metric.name: float(metric.result()) for metric in self.model.trackers})

    def add_row(self, logs):
        """Add a row with these values."""
        step = int(self.model.step)
        row = {
            "step": step,
            "seconds": round(self.seconds + time.monotonic() - self._began, 2),
            "images": step * self.batch_size,
            **{metric.name: float(logs[metric.name]) for metric in self.model.trackers},
        }
        self.rows.append(row)
        self._on_row(row)

    def _variables(self):
        return [variable for metric in self.model.trackers for variable in metric.variables]

    def _running_means(self):
        return [variable.numpy() for variable in self._variables()]


class SampleGrid(keras.callbacks.Callback):
    """Pictures of images from the same latents every so many steps, from step 0 on.

    Args:
        every: steps from one picture to the next.
        seed: integer of at least 0 from which the latents are drawn, once for all pictures.
        folder: where to write them, as 00000200.png and so on; None to write nothing.
        num_images: how many in a picture.
        on_images: function that is called with (step, images).
        conditions: `num_images` of them, for a GAN with conditions.

    Example:
        >>> SampleGrid(every=200, seed=0).num_images
        64
    """

    def __init__(self, every, seed, folder=None, num_images=64, on_images=None, *, conditions=None):
        super().__init__()
        self.conditions = conditions
        self.every, self.seed, self.num_images = every, seed, num_images
        self.folder = None if folder is None else Path(folder)
        self._on_images = on_images or (lambda step, images: None)

    def on_train_begin(self, logs=None):
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
        if int(self.model.step) == 0:
            self.draw()

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step) % self.every == 0:
            self.draw()

    def draw(self):
        """Make the picture of this step."""
        step = int(self.model.step)
        images = self.model.generate(self.num_images, self.seed, conditions=self.conditions)
        if self.folder is not None:
            self.folder.mkdir(exist_ok=True)  # not its parents: the run may have been moved away
            with writing.whole(self.folder / f"{step:08d}.png") as place:
                plotting.save_picture(place, images)
        self._on_images(step, images)


class Metrics(keras.callbacks.Callback):
    """The metrics of fresh samples every so many steps.

    Attributes:
        rows: list of dictionaries with step and what `evaluation.measure` returns.

    Args:
        every: steps from one measurement to the next.
        real: `evaluation.Reference`; of images that are no digits, `evaluation.reference_of`.
        num_images: samples that are measured, above the 64 features; the same latents each time.
        seed: integer of at least 0 from which the latents are drawn.
        on_row: function that is called with each new row.
        conditions: `num_images` of them, for a GAN with conditions.

    Example:
        >>> Metrics(every=500, real=None).rows
        []
    """

    def __init__(self, every, real, num_images=1000, seed=0, on_row=None, *, conditions=None):
        super().__init__()
        self.conditions = conditions
        self.every, self.real, self.num_images, self.seed = every, real, num_images, seed
        self.rows, self._on_row = [], on_row or (lambda row: None)

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step) % self.every == 0:
            self.add_row()

    def add_row(self):
        """Measure the samples of this step."""
        images = self.model.generate(self.num_images, self.seed, conditions=self.conditions)
        row = {"step": int(self.model.step), **evaluation.measure(images, self.real)}
        self.rows.append(row)
        self._on_row(row)


class HeldOut(keras.callbacks.Callback):
    """The mean logit of real images that the discriminator is never trained on.

    It is put beside the log: pass `complete` as the log's `on_row`, and this callback before the
    log. In each step that counts the discriminator sees the next few of the images.

    Args:
        images: float array [n, height, width, channels] in [−1, 1] or uint8 pixels, n at least
            `num_images`.
        every: steps from one look to the next.
        num_images: images of a look.

    Example:
        >>> watch = HeldOut(np.zeros((64, 28, 28, 1), "float32"))
        >>> Log(every=20, batch_size=32, on_row=watch.complete).rows
        []
    """

    def __init__(self, images, every=4, num_images=32):
        super().__init__()
        self.images, self.every, self.num_images = images, every, num_images
        self._means = []

    def on_train_batch_end(self, batch, logs=None):
        step = int(self.model.step)
        if step % self.every == 0:
            first = step // self.every * self.num_images
            rows = np.arange(first, first + self.num_images) % len(self.images)
            images = data.as_floats(self.images[rows])
            logits = self.model.discriminator(images, training=False)
            self._means.append(float(np.mean(logits)))

    def complete(self, row):
        """Add held_out_logit to a row of the log: the mean of the looks since the last row."""
        row["held_out_logit"] = float(np.mean(self._means)) if self._means else float("nan")
        self._means.clear()


class Checkpoint(keras.callbacks.Callback):
    """A checkpoint every so many steps; the one before it is kept beside it.

    Args:
        path: file name, ending in .npz.
        every: steps from one checkpoint to the next.
        saved_step: the step of the checkpoint that stands there already; None if none does.
        facts: dictionary that each checkpoint is to carry, see `checkpoints.save`.

    Raises:
        OSError: in `fit`, if a checkpoint cannot be written; the last good one stays.
        FloatingPointError: in `fit`, if a weight is not finite; the last good one stays.

    Example:
        >>> Checkpoint("runs/0001/checkpoint.npz", every=500).previous.name
        'checkpoint-previous.npz'
    """

    def __init__(self, path, every, saved_step=None, facts=None):
        super().__init__()
        self.path, self.every, self.saved_step = Path(path), every, saved_step
        self.facts = facts
        self.previous = self.path.with_name(f"{self.path.stem}-previous{self.path.suffix}")

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step) % self.every == 0:
            self.save()

    def save(self):
        """Save now, unless this step is saved already."""
        step = int(self.model.step)
        if step == self.saved_step:
            return
        try:
            if self.path.exists():  # copied, not moved: at no moment is there no checkpoint
                with writing.whole(self.previous) as place:
                    shutil.copyfile(self.path, place)
            checkpoints.save(self.path, self.model, self.facts)
        except OSError as error:
            reason = f"The checkpoint of step {step} could not be written: {error}."
            raise OSError(f"{reason} {self.last_good()}") from error
        except ValueError as error:  # a weight is not a number
            raise FloatingPointError(f"{error} {self.last_good()}") from error
        self.saved_step = step

    def last_good(self):
        """A sentence that names the last good checkpoint."""
        if self.saved_step is None:
            return "There is no checkpoint before it."
        return f"The last good checkpoint, step {self.saved_step}, is {self.path}."


class KeepBest(keras.callbacks.Callback):
    """Keeps the checkpoint whose samples come nearest to held-out images, beside the last one.

    Every so many steps samples of the same latents are compared with the test images of a
    reference, by the Fréchet distance of their features; a checkpoint is written where it is
    smaller than ever before. Put it behind `Checkpoint`: what a kill in between leaves undone is
    made up for in `begin`. The best of many measurements looks better than it is.

    Attributes:
        best: (distance, step) of the checkpoint that is kept, or None.
        seconds: that the measurements have taken.

    Args:
        path: file name, ending in .npz.
        every: steps from one measurement to the next.
        real: `evaluation.Reference`; its features must be fewer than its test images.
        facts: dictionary that the checkpoint is to carry beside its distance.
        num_images: samples that are compared, more than there are features.
        conditions: `num_images` of them, for a GAN with conditions.

    Raises:
        ValueError: in `begin`, if the checkpoint that is kept is damaged, or says no distance.
        OSError: in `fit`, if a checkpoint cannot be written; the one before it stays.

    Example:
        >>> KeepBest("runs/0001/checkpoint-best.npz", every=500, real=None).best is None
        True
    """

    def __init__(self, path, every, real, facts=None, num_images=500, *, conditions=None):
        super().__init__()
        self.path, self.every, self.real, self.facts = Path(path), every, real, facts or {}
        self.num_images, self.conditions = num_images, conditions
        self.best, self.seconds = None, 0.0

    def begin(self):
        """Go on with the checkpoint that is kept, and measure this step if it counts."""
        if self.path.is_file():
            about = checkpoints.about(self.path)
            if not isinstance(about.get("distance"), float):
                raise ValueError(f"{self.path} says no distance. Delete it, and a new one is kept.")
            self.best = about["distance"], about["step"]
        step = int(self.model.step)
        if step and step % self.every == 0:
            self.measure()

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step) % self.every == 0:
            self.measure()

    def measure(self):
        """Measure the samples of this step, and keep the state if they are the best so far."""
        began = time.monotonic()
        images = self.model.generate(self.num_images, COMPARED_SEED, conditions=self.conditions)
        features = self.real.predict(images).features, self.real.predictions.features
        # rounded, so that a step that is measured again is no better than itself
        distance = float(f"{metrics.frechet_distance(*features):.6g}")
        if self.best is None or distance < self.best[0]:
            checkpoints.save(self.path, self.model, {**self.facts, "distance": distance})
            self.best = distance, int(self.model.step)
        self.seconds += time.monotonic() - began


class Unfinished(keras.callbacks.Callback):
    """Keeps a training that may be cut off, so that the next start goes on where it was.

    Every so many steps it writes a checkpoint and the rows of the log; at the last step it takes
    them away, and the next start begins anew. Trainings of unequal seeds do not meet.

    Args:
        folder: where to keep it; it is made if it is not there.
        log: the training's `Log`; put it before this callback.
        num_steps: the step at which training has come to its end.
        every: steps from one checkpoint to the next.

    Raises:
        OSError: in `fit`, if the checkpoint cannot be written; the one before it stays.
        ValueError: in `fit`, if a weight is not finite; the checkpoint before it stays.

    Example:
        >>> log = Log(every=25, batch_size=32)
        >>> Unfinished("runs/lesson-06", log, num_steps=5000).path(seed=0).name
        'unfinished-seed-0.npz'
    """

    def __init__(self, folder, log, num_steps, every=500):
        super().__init__()
        self.folder, self.log, self.num_steps, self.every = Path(folder), log, num_steps, every
        self._kept = False

    def path(self, seed):
        """The checkpoint's file name."""
        return self.folder / f"unfinished-seed-{seed}.npz"

    def load(self, gan):
        """Put back the state of a training that was cut off, if there is one, and say so.

        Args:
            gan: a compiled `training.GAN`, as it was built for that training.

        Returns:
            The step at which training goes on; 0 if it begins anew.

        Raises:
            ValueError: if the checkpoint is damaged, or of another GAN.
        """
        path = self.path(gan.seed)
        if not path.is_file():
            return 0
        try:
            step = checkpoints.about(path)["step"]
            if step >= self.num_steps:
                print(f"An unfinished training of {step:,} steps is left aside: {path}.")
                return 0
            rows = self._rows(path.with_suffix(".json"), step)
            checkpoints.load(path, gan)
        except ValueError as error:
            raise ValueError(f"{error} To begin anew, delete that file.") from error
        self.log.rows[:], self._kept = rows, True
        self.log.seconds = rows[-1]["seconds"] if rows else 0.0
        print(f"Goes on at step {step:,} of a training that was cut off: {path}.")
        return step

    def _rows(self, record, step):
        """The whole rows of the log up to a step."""
        rows = runs.read_json(record).get("rows") if record.is_file() else []
        try:
            for row in rows:
                float(row["seconds"])
            whole = [row for row in rows if row["step"] % self.log.every == 0]
            return [row for row in whole if row["step"] <= step]
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{record} is damaged: it does not hold rows of a log.") from error

    def on_train_batch_end(self, batch, logs=None):
        step, path = int(self.model.step), self.path(self.model.seed)
        if step >= self.num_steps:
            if self._kept:
                path.unlink(missing_ok=True)
                path.with_suffix(".json").unlink(missing_ok=True)
        elif step % self.every == 0:
            self.folder.mkdir(parents=True, exist_ok=True)
            runs.write_json(path.with_suffix(".json"), {"rows": self.log.rows})
            checkpoints.save(path, self.model)
            self._kept = True


class StopOnNonFinite(keras.callbacks.Callback):
    """End training with an error as soon as a logged value is a NaN or an infinity.

    Put it before `Checkpoint`, so that no broken state is saved.

    Args:
        checkpoint: the run's `Checkpoint`, to name the last good one; or None.

    Raises:
        FloatingPointError: in `fit`, with the step, the value and the last good checkpoint.

    Example:
        >>> StopOnNonFinite().checkpoint is None
        True
    """

    def __init__(self, checkpoint=None):
        super().__init__()
        self.checkpoint = checkpoint

    def on_train_batch_end(self, batch, logs=None):
        for name, value in (logs or {}).items():
            if not np.isfinite(value):
                kept = self.checkpoint.last_good() if self.checkpoint else "No checkpoint is kept."
                raise FloatingPointError(
                    f"{name} is {float(value)} at step {int(self.model.step)}. {kept} "
                    "Try a smaller learning rate or a gradient penalty."
                )


class StopAtTime(keras.callbacks.Callback):
    """Stop after the step in which the clock passes a time.

    Args:
        deadline: on the clock of `time.monotonic`, in seconds.

    Example:
        >>> StopAtTime(time.monotonic() + 60).deadline > time.monotonic()
        True
    """

    def __init__(self, deadline):
        super().__init__()
        self.deadline = deadline

    def on_train_batch_end(self, batch, logs=None):
        if time.monotonic() >= self.deadline:
            self.model.stop_training = True
