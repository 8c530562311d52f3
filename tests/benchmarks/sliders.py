"""Time what a move of a slider takes: from the new value to the bytes of the picture.

    uv run python -m tests.benchmarks.sliders

Each widget of the lessons in turn, several moves; the aim is below 150 ms on two cores.
"""

import statistics
import time

from ganedu import startup

startup.start_tensorflow()

import numpy as np  # noqa: E402

from ganedu import plotting, shipped  # noqa: E402
from ganedu.playground import (  # noqa: E402
    densities,
    games,
    latents,
    neighbourhoods,
    plane,
)
from tests.benchmarks import arguments  # noqa: E402

MOVES = 15


def a_moment():
    """As lesson 03 has them: 400 samples, a surface of 61 × 61, 40 arrows."""
    rng = np.random.default_rng(0)
    arrows = rng.normal(size=(40, 2)), rng.normal(size=(40, 2)) / 5
    return plane.Moment("step", rng.normal(size=(400, 2)), rng.random((61, 61)), arrows)


def boxes():
    """Each widget, its slider that is moved, and how far."""
    generator = shipped.digit_generator()
    yield "latent_explorer", latents.latent_explorer(generator, generator.input_shape[1]), 2, 0.05
    yield "density_game", densities.density_explorer(), 2, 0.1
    yield "phase_portrait", games.phase_explorer(), 2, 0.05
    moments = [a_moment() for _ in range(MOVES + 2)]
    points = np.random.default_rng(1).normal(size=(80, 2))
    real, fake = np.random.default_rng(2).normal(size=(2, 14, 2))
    yield "neighbourhoods", neighbourhoods.neighbourhood_explorer(real, fake), 1, 0.25
    yield "moments_explorer", plane.moments_explorer(moments, points, 1.8), 0, 1


def main():
    arguments.answer(arguments.parser(__doc__).parse_args(), rows(), printed)


def rows():
    """A row for each widget, with the milliseconds of a move."""
    plotting.show = lambda figure, alt: plotting.png(figure)  # what is left is the notebook's part
    for name, box, number, move in boxes():
        times = []
        for _ in range(MOVES):
            began = time.perf_counter()
            box.children[number].value += move
            times.append(1000 * (time.perf_counter() - began))
        yield {"widget": name, "median_ms": statistics.median(times), "most_ms": max(times)}


def printed(rows):
    print(f"{startup.device()}, {time.strftime('%Y-%m-%d')}")
    for row in rows:
        median, most = row["median_ms"], row["most_ms"]
        print(f"{row['widget']:17} median {median:4.0f} ms, most {most:4.0f} ms")


if __name__ == "__main__":
    main()
