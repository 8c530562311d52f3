"""`ganedu evaluate`: the metrics of a run's samples beside their floors."""

import contextlib
import os
import sys
from pathlib import Path

from ganedu import runs, startup, writing
from ganedu.commands.folders import check_not_yours, load_run, taking_turns

EVALUATED = 10_000  # samples; fewer where there are fewer real images
LEAST = 65  # samples: one more than the network has features
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
CLASS_MEASURES = {  # of a run that is told the class
    "agreement": ("as asked", "{:.3f}", "larger: the class that was asked for"),
    "within_class_frechet": ("Fréchet in classes", "{:.2f}", "smaller: each class as it is"),
    "within_class_coverage": ("coverage in classes", "{:.3f}", "larger: all of each class"),
}
NUM_STYLES = 10  # rows of the picture of styles by classes


def evaluate(run, num_images, seed, out, json):
    """`ganedu evaluate`: the metrics of a run's samples beside their floors, and pictures.

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
    _check_told(out, num_images)
    startup.start_tensorflow()
    with (
        startup.native_log_hidden(),
        contextlib.redirect_stdout(sys.stderr if json else sys.stdout),
    ):
        from ganedu import evaluation

        gan = None if shipped_one else load_run(run)
        settings = {"dataset": "mnist"} if shipped_one else _settings_of(run)
        real = evaluation.reference(settings["dataset"])
        num_images = min(EVALUATED, len(real.train)) if num_images is None else num_images
        labels = taking_turns(settings, num_images)
        images = _samples(gan, num_images, seed, labels)
        told = {"run": str(run), "seed": seed, **evaluation.evaluate(images, real)}
        if labels is not None:
            told |= _of_classes(out, gan, images, labels, real, told)
        _draw_evaluation(out, images, real, told)
    told["picture"] = str(out)
    print(_as_json(told) if json else _as_table(told))
    return 0


def _settings_of(run):
    settings = runs.read_settings(run)
    if settings.get("images"):
        raise ValueError(
            f"{run} was trained on pictures of your own, for which no features are known here. "
            "Bring some in Python: evaluation.reference_of(train, test, see)."
        )
    return settings


def _samples(gan, num_images, seed, labels):
    """Of a run, or of the generator in the box."""
    from ganedu import shipped

    if gan is None:
        return shipped.generate(num_images, seed)
    return gan.generate(num_images, seed, conditions=labels)


def _of_classes(out, gan, images, labels, real, told):
    """What is measured class by class, and a picture of styles by classes."""
    from ganedu import evaluation, plotting, training

    classes, out = evaluation.evaluate_classes(images, labels, real), _styles_beside(out)
    number = int(labels.max()) + 1
    table = training.style_table(gan.ema_generator, NUM_STYLES, told["seed"], number)
    out.parent.mkdir(parents=True, exist_ok=True)
    with writing.whole(out) as place:
        plotting.save_picture(place, table.reshape(-1, *table.shape[2:]), columns=number)
    both = {of: told[of] | classes[of] for of in ("values", "floors")}
    return {**both, "num_per_class": classes["num_per_class"], "styles": str(out)}


def _styles_beside(out):
    return out.with_name(f"{out.stem}-classes.png")


def _check_told(out, num_images):
    if out.suffix != ".png":
        raise ValueError(f"--out must end in .png; got {str(out)!r}.")
    check_not_yours(out)
    check_not_yours(_styles_beside(out))
    if num_images is not None and num_images < LEAST:
        raise ValueError(f"--num-images: at least {LEAST} are needed to measure; got {num_images}.")
    if out.parent.is_dir() and not os.access(out.parent, os.W_OK):
        raise OSError(f"{out.parent} cannot be written to. Choose another place with --out.")


def _draw_evaluation(out, images, real, told):
    from ganedu import evaluation, plotting

    figure = evaluation.evaluation_panel(
        evaluation.ranked_pairs(images, real),
        *(told[of]["class_shares"] for of in ("values", "floors")),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    with writing.whole(out) as place:
        place.write_bytes(plotting.png(figure))


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
    measures = MEASURES | (CLASS_MEASURES if "agreement" in values else {})
    for name, (title, form, better) in measures.items():
        shown = [
            ("–" if of[name] is None else form.format(of[name]))
            + (f" ± {of['kernel_error']:.3f}" if name == "kernel_distance" else "")
            for of in (values, floors)
        ]
        lines.append(f"{title:22}{shown[0]:>18}{shown[1]:>18}   {better}")
    lines += [
        "",
        f"Copied: samples closer to one training image than 95 % of unseen images are; "
        f"{told['num_compared']:,} samples.",
        *_about_classes(told),
        f"Picture: {told['picture']}",
    ]
    return "\n".join(lines)


def _about_classes(told):
    if "styles" not in told:
        return
    yield f"In classes: {told['num_per_class']:,} of each; asked of real images: the test images."
    yield f"Styles (rows) by classes (columns): {told['styles']}"
