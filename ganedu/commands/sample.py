"""`ganedu sample`: images of a trained generator, as a picture or as an array of pixels."""

from pathlib import Path

from ganedu import runs, startup, writing
from ganedu.commands.folders import (
    check_not_yours,
    class_named,
    is_conditional,
    load_run,
    taking_turns,
)

MOST_IMAGES = 100_000  # all are held in memory at once


def sample(run, num_images, seed, out, label=None):
    """`ganedu sample`: images of a run, or of the generator in the box.

    Args:
        run: a run folder, or the word shipped.
        num_images: how many.
        seed: integer of at least 0.
        out: file name ending in .png (a grid) or .npz (key `images`, uint8 [n, 28, 28, 1], and of
            a conditional run `labels`, int64 [n]).
        label: name or number of the class of all images of a conditional run; None where the
            classes take turns.

    Returns:
        The exit code.

    Raises:
        ValueError: if an argument is out of its range, or the checkpoint is damaged.
        FileNotFoundError: if there is no such run.
        FileExistsError: if the file is there, and no file that ganedu made.
        OSError: if the file cannot be written.
    """
    out = Path(out)
    _check_told(out, num_images)
    startup.start_tensorflow()
    with startup.native_log_hidden():
        import numpy as np

        from ganedu import data, plotting, shipped

        labels = _labels(run, num_images, label)
        images = (
            shipped.generate(num_images, seed)
            if run == "shipped"
            else load_run(run).generate(num_images, seed, conditions=labels)
        )
        told = {} if labels is None else {"labels": labels}
        out.parent.mkdir(parents=True, exist_ok=True)
        with writing.whole(out) as place:
            if out.suffix == ".png":
                plotting.save_picture(place, images)
            else:
                np.savez_compressed(place, images=data.to_pixels(images), **told)
    print(f"{num_images:,} images: {out}")
    return 0


def _check_told(out, num_images):
    if out.suffix not in (".png", ".npz"):
        raise ValueError(f"--out must end in .png or .npz; got {str(out)!r}.")
    check_not_yours(out)
    if not 1 <= num_images <= MOST_IMAGES:
        raise ValueError(
            f"--num-images must be at least 1 and at most {MOST_IMAGES:,}; got {num_images}. "
            "For more, take several seeds."
        )


def _labels(run, num_images, label):
    """The classes of the images of a run that takes them; None for another run."""
    settings = {} if run == "shipped" else runs.read_settings(run)
    asked = taking_turns(settings, num_images)
    if label is None:
        return asked
    if not is_conditional(settings):
        raise ValueError(
            f"--class {label}: {'the generator in the box' if run == 'shipped' else run} was never "
            "told a class, so none can be asked of it. Train one that is, with --conditional."
        )
    asked[:] = class_named(settings, label)
    return asked
