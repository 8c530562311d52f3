"""`ganedu evaluate`: the metrics of a run's samples beside their floors."""

import contextlib
import os
import sys
from pathlib import Path

from ganedu import runs, startup, writing
from ganedu.commands.folders import (
    as_often,
    check_content,
    check_not_yours,
    facts_of,
    is_conditional,
    load_run,
)

EVALUATED = 10_000  # samples; fewer where there are fewer real images
LEAST = 65  # samples: one more than the network has features
MEASURES = {  # name of the metric: what people read, its form, which way is better
    "frechet_distance": ("Fréchet distance", "{:.2f}", "smaller is better"),
    "kernel_distance": ("kernel distance", "{:.3f}", "smaller is better"),
    "precision": ("precision", "{:.3f}", "larger: samples look real"),
    "recall": ("recall", "{:.3f}", "larger: all of the real is reached"),
    "density": ("density", "{:.3f}", "larger: samples look real"),
    "coverage": ("coverage", "{:.3f}", "larger: all of the real is reached"),
    "confident": ("sure of the class", "{:.3f}", "share with a probability above .9"),
    "classes": ("classes of ten", "{:d}", "with more than 2 % of the samples"),
    "class_kl": ("classes, KL", "{:.4f}", "smaller: classes as often as real"),
    "memorised": ("copied", "{:.3f}", "about .05 where nothing is copied"),
}
CLASS_MEASURES = {  # of a run that is told the class
    "agreement": ("as asked", "{:.3f}", "larger: the class that was asked for"),
    "within_class_frechet": ("Fréchet in classes", "{:.2f}", "smaller: each class as it is"),
    "within_class_coverage": ("coverage in classes", "{:.3f}", "larger: all of each class"),
}
NUM_UNRANKED = 16  # samples of the picture where too few pictures are held out to rank them
NUM_STYLES, MOST_COLUMNS = 10, 26  # rows and columns of the picture of styles by classes


def evaluate(run, num_images, seed, out, json, best=False, images=None):
    """`ganedu evaluate`: the metrics of a run's samples beside their floors, and pictures.

    Of a run on a learner's own images it says which features were used, and what so few allow.

    Args:
        run: a run folder, or the word shipped.
        num_images: how many samples; None for 10,000, or as many as there are training images.
        seed: integer of at least 0 from which the samples are drawn.
        out: file name of the picture, ending in .png; None for evaluation.png in the run folder,
            or shipped-evaluation.png here.
        json: whether to print JSON and nothing else.
        best: whether to take the checkpoint that --keep-best kept.
        images: folder in which the run's own pictures lie now, if they were moved; or None.

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
    if shipped_one:
        _check_told_of_the_box(best, images)
    startup.start_tensorflow()
    with (
        startup.native_log_hidden(),
        contextlib.redirect_stdout(sys.stderr if json else sys.stdout),
    ):
        gan = None if shipped_one else load_run(run, best=best)
        settings = {"dataset": "mnist"} if shipped_one else runs.read_settings(run)
        real, about = _looked_for(run, settings, images)
        num_images = min(EVALUATED, len(real.train)) if num_images is None else num_images
        labels = as_often(settings, real.train_labels, num_images)
        samples = _samples(gan, num_images, seed, labels)
        told = {"run": str(run), "seed": seed, **about, **measured(samples, real, labels)}
        if labels is not None:
            told["styles"] = str(_draw_styles(out, gan, settings["classes"], seed))
        draw_evaluation(out, samples, real, told)
    told |= {"picture": str(out), **({"best": True} if best else {})}
    print(_as_json(told) if json else _as_table(told))
    return 0


def _looked_for(run, settings, moved):
    """What `real_images` returns; where a folder is gone, how to say where it is now."""
    try:
        return real_images(run, settings, moved)
    except FileNotFoundError as error:
        if not settings.get("images"):
            raise
        raise FileNotFoundError(f"{error} If it was moved: --images FOLDER.") from None


def real_images(run, settings, moved=None):
    """Real images to compare with, and what is told of the features.

    Args:
        run: a run folder, for sentences.
        settings: of the run.
        moved: folder in which a learner's own pictures lie now; None where they lay.

    Returns:
        (`evaluation.Reference`, dictionary). The dictionary is empty for a named data set.

    Raises:
        OSError: if a learner's own pictures are not there.
        ValueError: if they are others than the run was trained on, or a named data set was moved.
    """
    from ganedu import data, evaluation, features, folders

    own = settings.get("images")
    if not own and moved:
        raise ValueError(f"{run} is on {settings['dataset']}: leave --images out.")
    if not own:
        return evaluation.reference(settings["dataset"]), {}
    read = folders.read(moved or own["folder"], own["size"], labels=is_conditional(settings))
    train, test = data.part_of(read), read.images[read.held_out]
    check_content(run, own, facts_of(train, read.classes), "train a new run on these")
    if len(test) < evaluation.LEAST_HELD_OUT:
        return evaluation.Reference(train.images, test, None, train.name), {"features": None}
    real, kind = evaluation.reference_of_pictures(train.images, test, train.name, "photographs")
    about = {"features": kind, "num_directions": features.num_directions(len(test))}
    return real._replace(train_labels=train.labels), about


def measured(images, real, labels=None):
    """All numbers; none where too few pictures are held out to measure.

    Args:
        images: float array [n, height, width, channels] in [−1, 1].
        real: `evaluation.Reference`.
        labels: int array [n] of the classes that were asked for; None of a run that takes none.

    Returns:
        Dictionary, as `evaluation.evaluate` returns it; where a network knows the classes, also
        num_per_class, and in values and floors those of `evaluation.evaluate_classes`.
    """
    from ganedu import evaluation

    if real.predictions is None:
        numbers = {"num_images": len(images), "num_reference": len(real.test)}
        return {"dataset": real.name, **numbers, "values": {}, "floors": {}}
    told = evaluation.evaluate(images, real)
    if labels is None or real.test_labels is None:  # no network knows the classes of own images
        return told
    classes = evaluation.evaluate_classes(images, labels, real)
    both = {of: told[of] | classes[of] for of in ("values", "floors")}
    return {**told, **both, "num_per_class": classes["num_per_class"]}


def _samples(gan, num_images, seed, labels):
    """Of a run, or of the generator in the box."""
    from ganedu import shipped

    if gan is None:
        return shipped.generate(num_images, seed)
    return gan.generate(num_images, seed, conditions=labels)


def _draw_styles(out, gan, num_classes, seed):
    """A picture of styles by classes, beside the other one; its name."""
    from ganedu import plotting, training

    out, number = _styles_beside(out), min(num_classes, MOST_COLUMNS)
    table = training.style_table(gan.ema_generator, NUM_STYLES, seed, number)
    out.parent.mkdir(parents=True, exist_ok=True)
    with writing.whole(out) as place:
        plotting.save_picture(place, table.reshape(-1, *table.shape[2:]), columns=number)
    return out


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


def _check_told_of_the_box(best, images):
    if best:
        raise ValueError("--best is for runs: the generator in the box has one checkpoint only.")
    if images:
        raise ValueError("--images is for runs on pictures of your own; the box has seen MNIST.")


def draw_evaluation(out, images, real, told):
    """Draw samples beside their nearest training images, and the classes where they are known.

    Args:
        out: `pathlib.Path` of a picture, ending in .png.
        images: float array [n, height, width, channels] in [−1, 1].
        real: `evaluation.Reference`.
        told: what `measured` returned.

    Raises:
        OSError: if it cannot be written.
    """
    from ganedu import evaluation, plotting

    ranked = real.predictions is not None
    figure = evaluation.evaluation_panel(
        evaluation.ranked_pairs(images, real) if ranked else _unranked_pairs(images, real),
        *(told[of].get("class_shares") for of in ("values", "floors")),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    with writing.whole(out) as place:
        place.write_bytes(plotting.png(figure))


def _unranked_pairs(images, real):
    from ganedu import evaluation

    return {"samples": evaluation.pairs_with_nearest(images[:NUM_UNRANKED], real.train)}


def _as_json(told):
    from json import dumps

    return dumps(told, indent=2)


def _as_table(told):
    """The numbers of an evaluation, each beside its floor, for people."""
    if not told["values"]:
        return "\n".join(_about_too_few(told))
    lines = [
        f"{told['num_images']:,} samples of {told['run']} (seed {told['seed']}) against the "
        f"{told['num_reference']:,} test images of {told['dataset']}.",
        f"Real: {told['num_images']:,} training images in their place, the floor at the same n.",
        *_about_features(told),
        "",
        f"{'':22}{'samples':>18}{'real':>18}",
        *_rows(told["values"], told["floors"]),
        "",
        f"Copied: samples closer to one training image than 95 % of unseen images are; "
        f"{told['num_compared']:,} samples.",
        *_about_classes(told),
        *_about_the_number(told),
        f"Picture: {told['picture']}",
    ]
    return "\n".join(lines)


def _rows(values, floors):
    """A row for each number that was measured, beside its floor."""
    measures = {name: row for name, row in (MEASURES | CLASS_MEASURES).items() if name in values}
    for name, (title, form, better) in measures.items():
        shown = [
            ("–" if of[name] is None else form.format(of[name]))
            + (f" ± {of['kernel_error']:.3f}" if name == "kernel_distance" else "")
            for of in (values, floors)
        ]
        yield f"{title:22}{shown[0]:>18}{shown[1]:>18}   {better}"


def _about_classes(told):
    if "styles" not in told:
        return
    if "num_per_class" in told:
        each = f"{told['num_per_class']:,} of each"
        yield f"In classes: {each}; asked of real images: the test images."
    else:
        yield "Whether an image is of its class is not measured: no network here knows them."
    if told["values"]:
        yield "Each class was asked for as often as the training images have it."
    yield f"Styles (rows) by classes (columns; at most {MOST_COLUMNS}): {told['styles']}"


def _about_features(told):
    """What a learner's own pictures are compared by, and with what the numbers compare."""
    from ganedu import evaluation

    if "features" not in told:
        return
    yield (
        f"Features: {evaluation.KINDS[told['features']]}; along {told['num_directions']} "
        "directions, one for each four held-out images."
    )
    yield (
        "A number compares only with one of these pictures, these features and as many directions "
        "and samples."
    )


def _about_too_few(told):
    """What is said in the place of numbers."""
    from ganedu import evaluation

    least = evaluation.LEAST_HELD_OUT
    yield (
        f"{told['num_reference']} pictures of {told['dataset']} are held out, and numbers need "
        f"{least}, some {10 * least} in the folder: there is only a picture."
    )
    if "styles" in told:
        yield f"Styles (rows) by classes (columns): {told['styles']}"
    yield f"Picture, each sample with the nearest training picture: {told['picture']}"


def _about_the_number(told):
    """What so many held-out images allow to say."""
    if "features" not in told:
        return
    number, error = told["num_reference"], told["values"]["kernel_error"]
    yield (
        f"{number:,} held-out images: coverage and recall move in steps of {1 / number:.3f}, and "
        f"the border of what is copied rests on the {max(1, number // 20):,} nearest of them."
    )
    yield (
        f"Two runs count as different where their kernel distances differ by more than about "
        f"{2 * 2**0.5 * error:.3f}, twice the error of the difference."
    )
    if told.get("best"):
        yield "This checkpoint was chosen by the held-out images, which flatters it."
