"""Sounds to look at and to listen to.

Here live waves and spectrograms as pictures, the player with its caption, and the picture of what
pitches and decays a set of sounds has. The sounds themselves, and how they become spectrograms,
live in `ganedu.sounds`. Taught in lesson 17.
"""

import numpy as np
from matplotlib import ticker
from matplotlib.figure import Figure

from ganedu import plotting, sounds, widgets

PAUSE = 0.1  # seconds between two sounds of a player
BINS = 24  # of a histogram
LOOKS = (  # colour and dashes of each line
    {"color": "black", "linestyle": ":"},
    {"color": plotting.COLOURS[0], "linestyle": "-"},
    {"color": plotting.COLOURS[1], "linestyle": "--"},
    {"color": "#555555", "linestyle": "-."},
)


def in_a_row(waves, pause=PAUSE):
    """Sounds one after the other, as one long wave.

    Args:
        waves: float array [n, samples, 1] in [−1, 1].
        pause: seconds of silence behind each.

    Returns:
        float array [n · (samples + pause)].

    Example:
        >>> in_a_row(np.ones((2, 3, 1)), pause=1 / 8000).tolist()
        [1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0]
    """
    silence = round(pause * sounds.RATE)
    return np.pad(np.asarray(waves)[..., 0], ((0, 0), (0, silence))).ravel()


def play(waves, heard):
    """Show a player of sounds, one after the other, and a sentence that says what is heard.

    They are as loud as they are: nothing is turned up. Nothing plays by itself.

    Args:
        waves: float array [n, samples, 1] in [−1, 1], at 8,000 samples a second.
        heard: one sentence, for whoever does not hear it.

    Raises:
        ValueError: if `heard` is not a sentence, or the waves leave [−1, 1].

    Example:
        >>> play(sounds.draw(2, seed=0).waves, "Two plucked sounds.")  # doctest: +SKIP
    """
    from IPython.display import Audio, Markdown, display

    if not isinstance(heard, str) or not heard.endswith((".", "!", "?")):
        raise ValueError(f"heard must be a sentence that ends in a full stop; got {heard!r}.")
    if not np.abs(waves).max() <= 1:
        raise ValueError(
            f"waves must lie in [−1, 1]; got values to {np.abs(waves).max():.4g}. np.clip cuts "
            "what is too loud."
        )
    display(Audio(in_a_row(waves), rate=sounds.RATE, normalize=False))
    display(Markdown(f"*{heard}*"))


def tone_explorer():
    """Controls of one sound of the synthesiser: seen, heard, and measured again.

    Returns:
        An `ipywidgets` box, to be displayed.

    Example:
        >>> tone_explorer().children[1].description  # doctest: +SKIP
        'pitch, Hz'
    """

    def draw(kind, pitch, milliseconds):
        wave, sentence = heard_tone(kind, pitch, milliseconds / 1000)
        plotting.show(sounds_panel(wave, [kind]), sentence)
        play(wave, f"One {kind}.")

    low, high = (round(1000 * bound) for bound in sounds.BOUNDS["decay"])
    controls = {
        "kind": widgets.buttons("kind", sounds.KINDS),
        "pitch": widgets.slider("pitch, Hz", 300, 100, 2000, 50),
        "milliseconds": widgets.slider("decay, ms", 40, low // 2, 2 * high),
    }
    return widgets.above_the_picture(controls, draw)


def heard_tone(kind, pitch, decay):
    """A sound of the synthesiser, and the sentence that says what is in it.

    Args:
        kind: one of `sounds.KINDS`.
        pitch: hertz.
        decay: seconds until 1/e of the loudness is left.

    Returns:
        float array [1, samples, 1], and a sentence.

    Example:
        >>> heard_tone("reed", 1000, 0.04)[1]
        'A reed of 1000 hertz swings at 1000, 3000 hertz; measured again: 1000 hertz, 43 ms.'
    """
    wave = sounds.tone(sounds.KINDS.index(kind), pitch, decay)[np.newaxis, :, np.newaxis]
    [found], [left] = sounds.pitch_of(wave), sounds.decay_of(wave)
    heard = (multiple * pitch for multiple, _ in sounds.PARTIALS[kind])
    audible = ", ".join(f"{hertz:.0f}" for hertz in heard if hertz < sounds.HIGHEST * sounds.RATE)
    return wave, (
        f"A {kind} of {pitch:.0f} hertz swings at {audible} hertz; measured again: "
        f"{found:.0f} hertz, {1000 * left:.0f} ms."
    )


def sounds_panel(waves, titles):
    """Each sound as a wave, and below it as a spectrogram.

    Args:
        waves: float array [n, samples, 1] in [−1, 1].
        titles: n words.

    Returns:
        `Figure`.

    Raises:
        ValueError: if there is not one title for each sound.

    Example:
        >>> len(sounds_panel(sounds.draw(2, seed=0).waves, ["a", "b"]).axes)
        4
    """
    seconds = waves.shape[1] / sounds.RATE
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    upper, lower = figure.subplots(2, len(waves), squeeze=False, sharex=True, sharey="row")
    pictures = sounds.spectrograms(waves)[..., 0]
    extent = 0, seconds, 0, sounds.RATE / 2000
    times = np.arange(waves.shape[1]) / sounds.RATE
    for column, title in zip(range(len(waves)), titles, strict=True):
        upper[column].plot(times, waves[column, :, 0], color=plotting.COLOURS[0], linewidth=0.5)
        upper[column].set(title=title, ylim=(-1, 1))
        look = {"origin": "lower", "aspect": "auto", "cmap": "gray", "vmin": -1, "vmax": 1}
        lower[column].imshow(pictures[column], extent=extent, **look)
        lower[column].set_xlabel("seconds")
    upper[0].set_ylabel("wave")
    lower[0].set_ylabel("kilohertz")
    return figure


def laws_panel(measured):
    """What pitches and decays sounds have, as two histograms of lines.

    Args:
        measured: dictionary from a name to (pitches, decays), float arrays [n], hertz and seconds;
            at most four.

    Returns:
        `Figure`.

    Example:
        >>> len(laws_panel({"real": (np.array([300.0]), np.array([0.05]))}).axes)
        2
    """
    figure = Figure(figsize=(9, 2.8), layout="constrained")
    panels = zip(figure.subplots(1, 2), sounds.BOUNDS.items(), ("hertz", "seconds"), strict=True)
    for number, (axes, (name, (low, high)), unit) in enumerate(panels):
        bins = np.geomspace(low / 2, 2 * high, BINS + 1)
        for look, (whose, pair) in zip(LOOKS, measured.items(), strict=False):
            values = np.clip(pair[number], bins[0], bins[-1])
            shares = np.histogram(values, bins)[0] / len(values)
            axes.stairs(shares, bins, **look, linewidth=1.5, label=whose)
        axes.set(xscale="log", xlabel=f"{name}, {unit}", ylabel="share of the sounds")
        axes.set_xticks([low / 2, low, (low * high) ** 0.5, high, 2 * high])
        axes.xaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
        axes.xaxis.set_minor_formatter(ticker.NullFormatter())
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper", fontsize=8)
    return figure
