"""`ganedu sample`: images of a trained generator, as a picture or as an array of pixels."""

from pathlib import Path

from ganedu import startup, writing
from ganedu.commands.folders import check_not_yours, load_run

MOST_IMAGES = 100_000  # all are held in memory at once


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
    _check_told(out, num_images)
    startup.start_tensorflow()
    with startup.native_log_hidden():
        import numpy as np

        from ganedu import data, plotting, shipped

        images = (
            shipped.generate(num_images, seed)
            if run == "shipped"
            else load_run(run).generate(num_images, seed)
        )
        out.parent.mkdir(parents=True, exist_ok=True)
        with writing.whole(out) as place:
            if out.suffix == ".png":
                plotting.save_picture(place, images)
            else:
                np.savez_compressed(place, images=data.to_pixels(images))
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
