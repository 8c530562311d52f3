"""The command line: `ganedu train`, `sample`, `evaluate`, `review`, `colab`, `doctor`.

Here lives what the flags are called. What a command does lives in its file in `ganedu/commands/`,
which is imported only when the command runs, so that --help answers at once.
"""

import argparse
import importlib
import sys
import time

BEGAN = time.monotonic()  # --minutes counts from the start of the command


def main(arguments=None):
    """Run a command.

    Args:
        arguments: list of words; those of the command line by default.

    Returns:
        The exit code: 0 if all went well, 1 if training failed, 2 if it was asked for something
        that cannot be, 128 + its number after a signal (130 after Ctrl-C).

    Example:
        >>> main(["sample", "no-such-run", "--out", "digits.png"])  # doctest: +SKIP
        2
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a code page that lacks a sign must not end a run
    options = vars(parser().parse_args(arguments))
    try:
        command = options.pop("command")
        module = importlib.import_module(f"ganedu.commands.{command}")
        if command == "train":
            options["began"] = BEGAN if arguments is None else time.monotonic()
        return getattr(module, command)(**options)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except (ValueError, FileExistsError, FileNotFoundError, BlockingIOError) as error:
        print(f"ganedu: {error}", file=sys.stderr)
        return 2
    except (OSError, FloatingPointError) as error:
        print(f"ganedu: {error}", file=sys.stderr)
        return 1


def parser():
    """The commands and their flags.

    Returns:
        `argparse.ArgumentParser`.

    Example:
        >>> parser().parse_args(["train", "--steps", "10"]).steps
        10
    """
    root = argparse.ArgumentParser(
        prog="ganedu", description="Train a GAN on small images, and look at what it makes."
    )
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")

    _add_train(commands)
    _add_sample(commands)
    _add_evaluate(commands)
    _add_review(commands)
    colab = commands.add_parser("colab", help="write the lessons as files that need nothing else")
    colab.add_argument("--out", required=True, metavar="DIR", help="folder for the notebooks")
    colab.add_argument(
        "--repository", metavar="OWNER/NAME", help="take the package from there (default: carry it)"
    )

    commands.add_parser("doctor", help="say what this machine is and what will be used")
    return root


def _add_train(commands):
    train = commands.add_parser("train", help="train a GAN on digits, clothes or images of yours")
    _add_data(train)
    _add_length(train)
    _add_devices(train)
    train.add_argument(
        "--conditional",
        action="store_true",
        default=None,
        help="tell both networks the class, so that a class can be asked for",
    )
    train.add_argument(
        "--keep-best",
        action="store_true",
        default=None,
        help="beside the last checkpoint keep the one nearest to held-out images",
    )
    train.add_argument("--seed", type=int, metavar="S", help="seed of the run (default: 0)")
    train.add_argument("--out", metavar="RUN", help="run folder (default: a new one in runs/)")
    train.add_argument(
        "--resume", action="store_true", help="go on with the run in --out (default: the newest)"
    )


def _add_data(train):
    what = train.add_mutually_exclusive_group()
    what.add_argument(
        "--dataset", help="auto, mnist, digits, fashion_mnist or letters (default: auto)"
    )
    what.add_argument("--images", metavar="FOLDER", help="pictures of your own, of any kind")
    train.add_argument(
        "--size", type=int, metavar="N", help="height and width of them (default: what fits, to 64)"
    )


def _add_length(train):
    length = train.add_mutually_exclusive_group()
    length.add_argument(
        "--minutes", type=float, metavar="M", help="stop after so many minutes (default: 2)"
    )
    length.add_argument("--steps", type=int, metavar="N", help="stop after so many steps")


def _add_devices(train):
    train.add_argument(
        "--strategy",
        choices=("auto", "one", "mirrored", "workers"),
        help="which devices train: one, all GPUs here, or the processes that a launcher started",
    )
    train.add_argument(
        "--deterministic",
        action="store_true",
        default=None,
        help="the same bits for the same seed also on a GPU, which otherwise adds in any order",
    )


def _add_sample(commands):
    sample = commands.add_parser("sample", help="make images with a trained generator")
    sample.add_argument("run", metavar="RUN", help="run folder, or: shipped")
    sample.add_argument("--num-images", type=int, metavar="N", help="default: 64")
    sample.add_argument(
        "--seed", metavar="S|A-B", help="default: 0; a range is for one image of each seed"
    )
    sample.add_argument(
        "--class", dest="label", metavar="K", help="of a conditional run, number or name"
    )
    sample.add_argument(
        "--walk", type=int, metavar="N", help="a film (.gif) round through N latents"
    )
    sample.add_argument(
        "--latents", metavar="FILE.npz", help="make the images of such a file again"
    )
    sample.add_argument("--best", action="store_true", help="of a run with --keep-best")
    sample.add_argument(
        "--out",
        required=True,
        metavar="FILE",
        help="picture (.png), film (.gif), or arrays of pixels and latents (.npz)",
    )


def _add_evaluate(commands):
    evaluate = commands.add_parser("evaluate", help="measure how good the samples of a run are")
    evaluate.add_argument("run", metavar="RUN", help="run folder, or: shipped")
    evaluate.add_argument(
        "--num-images", type=int, metavar="N", help="samples (default: 10,000; 1,500 on digits)"
    )
    evaluate.add_argument("--seed", type=int, default=0, metavar="S", help="default: 0")
    evaluate.add_argument(
        "--out", metavar="FILE", help="picture (.png; default: evaluation.png in the run)"
    )
    evaluate.add_argument("--best", action="store_true", help="of a run with --keep-best")
    evaluate.add_argument(
        "--images", metavar="FOLDER", help="where the run's own pictures are now, if they moved"
    )
    evaluate.add_argument("--json", action="store_true", help="print JSON instead of the table")


def _add_review(commands):
    review = commands.add_parser("review", help="hold the runs of a project against its rubric")
    review.add_argument("run", nargs="+", metavar="RUN", help="run folder, or a folder with runs")
    review.add_argument("--json", action="store_true", help="print JSON instead of the table")
    review.add_argument("--page", metavar="DIR", help="write a page that asks nobody outside")


if __name__ == "__main__":
    sys.exit(main())
