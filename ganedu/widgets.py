"""Thin shells that put a picture of `ganedu.plotting` under the learner's control.

Here live the live panel of a training run and the sliders of the lessons. A widget draws
nothing itself; the same picture also stands in the lesson without it.
Used in lessons 00 to 04, 06 to 08 and 10.
"""

import os
import time

import ipywidgets
import keras

from ganedu import losses, plotting


class LivePanel(keras.callbacks.Callback):
    """Losses, logits and samples of a running training, redrawn in place.

    Args:
        log: the run's `callbacks.Log`; put it before the panel.
        num_steps: at which step training will end, for the time left.
        every: steps from one drawing to the next.
        seed: integer of at least 0 from which the latents of the samples are drawn, once.
        num_images: samples shown.
        conditions: `num_images` of them, for a GAN with conditions.

    Example:
        >>> from ganedu import callbacks
        >>> LivePanel(callbacks.Log(every=50, batch_size=32), num_steps=2000).every
        100
    """

    def __init__(self, log, num_steps, every=100, seed=0, num_images=36, *, conditions=None):
        super().__init__()
        self.conditions = conditions
        self.log, self.num_steps, self.every = log, num_steps, every
        self.seed, self.num_images = seed, num_images
        self.frames, self._replace = [], None

    def on_train_begin(self, logs=None):
        self._began, self._first_step = time.monotonic(), int(self.model.step)
        self._replace = None
        self.draw()

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step) % self.every == 0:
            self.draw()

    def on_train_end(self, logs=None):
        if int(self.model.step) % self.every:
            self.draw()

    def draw(self):
        """Draw the panel as it stands now."""
        images = self.model.generate(self.num_images, self.seed, conditions=self.conditions)
        self.frames.append(images)
        step = int(self.model.step)
        figure = plotting.training_panel(
            self.log.rows, images, losses.at_zero(self.model.loss_pair), f"step {step:,}"
        )
        if self._replace is None:
            self._replace = plotting.show_live(figure, self._sentence(step))
        else:
            self._replace(figure, self._sentence(step))

    def _sentence(self, step):
        if not self.log.rows:
            return f"Step {step:,} of {self.num_steps:,}: the generator still draws noise."
        row = self.log.rows[-1]
        done, seconds = step - self._first_step, time.monotonic() - self._began
        left = (self.num_steps - step) * seconds / done if done else 0
        left = f", about {left:.0f} s left" if left else ""
        return (
            f"Step {step:,} of {self.num_steps:,}{left}: discriminator loss "
            f"{row['discriminator_loss']:.2f}, generator loss {row['generator_loss']:.2f}; dotted: "
            "their values while the discriminator cannot tell (all logits zero)."
            f"{_still_settling(self.model.generator, step)}"
        )


def _still_settling(generator, step):
    """A sentence for as long as BatchNorm's running averages lag behind."""
    normed = (one for one in generator.layers if isinstance(one, keras.layers.BatchNormalization))
    if any(one.momentum**step > 0.01 for one in normed):
        return (
            " The running averages of BatchNorm are not there yet, so samples look greyer than "
            "what the discriminator sees."
        )
    return ""


def above_the_picture(sliders, draw):
    """Controls with the picture that they move below them.

    Args:
        sliders: dictionary from the name of an argument of `draw` to a control.
        draw: function that shows the picture of these values.

    Returns:
        An `ipywidgets` box, to be displayed. Under nbgrader, where nobody moves a slider, it has
        no picture.

    Example:
        >>> above_the_picture({"k": slider("k", 1, 1, 4)}, print)  # doctest: +SKIP
    """
    # nbclient, which nbgrader runs cells with, answers each output of a widget on the channel on
    # which it waits for the end of the cell. It may miss that end, and wait until the time is up.
    parts = [*sliders.values()]
    if not os.environ.get("NBGRADER_EXECUTION"):
        parts.append(ipywidgets.interactive_output(draw, sliders))
    return ipywidgets.VBox(parts)


def buttons(description, options):
    """One button for each option.

    Args:
        description: the word beside them.
        options: list of words, or of (word, value).

    Returns:
        An `ipywidgets.ToggleButtons`.

    Example:
        >>> buttons("padding", ["valid", "same"]).value
        'valid'
    """
    # a list to open would be shorter, but JupyterLab takes the arrow keys away from it
    return ipywidgets.ToggleButtons(options=[*options], description=description)


def slider(description, value, least, most, step=1):
    """A slider that waits until the hand rests.

    Args:
        description: the word beside it.
        value: where it stands at first.
        least: its lower end.
        most: its upper end.
        step: from one value to the next; of whole numbers if it is one.

    Returns:
        An `ipywidgets.IntSlider` or `FloatSlider`.

    Example:
        >>> slider("k", 1, 1, 4).continuous_update
        False
    """
    kind = ipywidgets.IntSlider if isinstance(step, int) else ipywidgets.FloatSlider
    return kind(
        value=value,
        min=least,
        max=most,
        step=step,
        description=description,
        continuous_update=False,
    )
