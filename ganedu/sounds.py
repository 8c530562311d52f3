"""Sounds as waves and as pictures, and a small synthesiser whose sounds need no download.

Here live strings, reeds and bells, drawn afresh by a seed with everything known that made them;
the way from a wave to a spectrogram and back; and two measures of any wave, its pitch and its
decay. How recordings of speech are found lives in `ganedu.speech`. Taught in lesson 17.
"""

import functools
from typing import NamedTuple

import numpy as np

RATE = 8000  # samples a second
NUM_SAMPLES = 2048  # of a sound that is drawn: a quarter of a second
KINDS = ("string", "reed", "bell")
# What vibrates beside the pitch: (its multiple, its share of the loudness). A string has all whole
# multiples, a pipe that is closed at one end the odd ones, a free bar none of them.
PARTIALS = {
    "string": tuple((k, 1 / k) for k in range(1, 7)),
    "reed": tuple((k, 1 / k) for k in (1, 3, 5, 7)),
    "bell": ((1, 1.0), (2.757, 0.6), (5.404, 0.3)),
}
# The law of a draw: the logarithm of each is uniform between two bounds.
BOUNDS = {
    "pitch": (200.0, 800.0),  # hertz
    "decay": (0.02, 0.08),  # seconds until 1/e of the loudness is left
}
PEAK = 0.9  # the largest value of a wave
ATTACK = 16  # samples until a sound is there; without it each would begin with a click
HIGHEST = 0.45  # partials above this share of the rate are left out: they would be folded back
FRAME, HOP = 128, 64  # samples that a column of a spectrogram sees, and from one to the next
RANGE = 60.0  # decibels from the loudest tone, which is 1 in a spectrogram, down to −1
ROUNDS = 30  # of Griffin-Lim
FARTHER = 0.99  # of the last step; without it one pitch in four is off by 3 % and more


class Drawn(NamedTuple):
    """Sounds with everything that made them.

    Attributes:
        waves: float32 array [n, 2048, 1] in [−1, 1].
        labels: int64 array [n], 0 for a string, 1 for a reed, 2 for a bell.
        pitch: float array [n], hertz.
        decay: float array [n], seconds until 1/e of the loudness is left.
    """

    waves: np.ndarray
    labels: np.ndarray
    pitch: np.ndarray
    decay: np.ndarray


def draw(num_sounds, seed):
    """So many sounds: of what kind, how high and how long is drawn by the seed.

    A sound is a sum of partials, sin(2π·m·pitch·t + m·φ), that decay together; φ is drawn too.

    Args:
        num_sounds: how many, at least 1.
        seed: integer of at least 0; others of it are other draws of the same law.

    Returns:
        `Drawn`.

    Example:
        >>> drawn = draw(4, seed=0)
        >>> drawn.waves.shape, [KINDS[label] for label in drawn.labels]
        ((4, 2048, 1), ['bell', 'reed', 'reed', 'string'])
    """
    random = np.random.default_rng(seed)
    labels = random.integers(len(KINDS), size=num_sounds)
    pitch, decay = (
        np.exp(random.uniform(*np.log(bounds), size=num_sounds)) for bounds in BOUNDS.values()
    )
    phases = random.uniform(0, 2 * np.pi, size=num_sounds)
    waves = np.empty((num_sounds, NUM_SAMPLES), np.float32)
    for row, how in enumerate(zip(labels, pitch, decay, phases, strict=True)):
        waves[row] = tone(*how)
    return Drawn(waves[..., np.newaxis], labels, pitch, decay)


def tone(kind, pitch, decay, phase=0.0):
    """One sound of the synthesiser.

    Args:
        kind: number of one of `KINDS`.
        pitch: hertz.
        decay: seconds until 1/e of the loudness is left.
        phase: of the lowest partial, where the sound begins.

    Returns:
        float array [2048] in [−1, 1]; its largest value is 0.9.

    Example:
        >>> round(float(np.abs(tone(0, 440.0, 0.05)).max()), 3)
        0.9
    """
    t = np.arange(NUM_SAMPLES) / RATE
    heard = [(m, share) for m, share in PARTIALS[KINDS[kind]] if m * pitch < HIGHEST * RATE]
    wave = sum(share * np.sin(m * (2 * np.pi * pitch * t + phase)) for m, share in heard)
    wave = wave * np.exp(-t / decay) * np.minimum(np.arange(NUM_SAMPLES) / ATTACK, 1)
    return PEAK * wave / np.abs(wave).max()


def levelled(waves):
    """Waves of one loudness: the largest value of each becomes 0.9. Silence stays silence.

    Args:
        waves: float array [n, samples, 1].

    Returns:
        float32 array of that shape.

    Example:
        >>> levelled(np.array([0.1, -0.5, 0.0, 0.0]).reshape(2, 2, 1))[..., 0].round(2).tolist()
        [[0.18..., -0.8...], [0.0, 0.0]]
    """
    highest = np.abs(waves).max(axis=(1, 2), keepdims=True)
    return np.float32(PEAK * waves / np.where(highest > 0, highest, 1))


def pitch_of(waves):
    """The strongest frequency of each wave; of the synthesiser's sounds that is the pitch.

    Args:
        waves: float array [n, samples, 1].

    Returns:
        float array [n], hertz; 0 of silence.

    Example:
        >>> pitch_of(tone(0, 440.0, 0.05)[np.newaxis, :, np.newaxis]).round()
        array([440.])
    """
    flat = np.asarray(waves, np.float64)[..., 0]
    padded = 4 * flat.shape[1]  # finer steps: 1 hertz for a quarter of a second
    return np.abs(np.fft.rfft(flat, padded)).argmax(axis=1) * RATE / padded


def decay_of(waves):
    """How fast each wave decays: twice the mean time of its energy, ∑ t·x² / ∑ x².

    Where the loudness falls as exp(−t/decay), the energy falls as exp(−2t/decay), and its mean
    time is decay/2.

    Args:
        waves: float array [n, samples, 1].

    Returns:
        float array [n], seconds; 0 of silence.

    Example:
        >>> decay_of(tone(0, 440.0, 0.05)[np.newaxis, :, np.newaxis]).round(2)
        array([0.05])
    """
    energy = np.asarray(waves, np.float64)[..., 0] ** 2
    total = energy.sum(axis=1)
    return 2 * energy @ np.arange(energy.shape[1]) / RATE / np.where(total > 0, total, 1)


def spectrograms(waves):
    """How loud each frequency is at each time, in decibels, as pictures.

    A column sees 128 samples and lies 64 behind the last one; a row is a frequency, 62.5 hertz
    above the next lower one, the lowest first. The loudest pure tone, ±1, is 1; 60 decibels below
    it and all that is softer is −1. What is lost is the phase.

    Args:
        waves: float array [n, samples, 1] in [−1, 1]; samples are a multiple of 64.

    Returns:
        float32 array [n, 64, samples / 64, 1] in [−1, 1].

    Raises:
        ValueError: if the waves have another shape or leave [−1, 1].

    Example:
        >>> spectrograms(np.zeros((1, 2048, 1))).shape
        (1, 64, 32, 1)
    """
    waves = np.asarray(waves)
    if waves.ndim != 3 or waves.shape[2] != 1 or waves.shape[1] % HOP or not waves.shape[1]:
        raise ValueError(
            f"waves must have the shape [n, samples, 1], samples a multiple of {HOP}; got "
            f"{waves.shape}. Cut them, or put silence behind them: np.pad."
        )
    if waves.size and not np.abs(waves).max() <= 1:
        raise ValueError(
            f"waves must lie in [−1, 1]; got values to {np.abs(waves).max():.4g}. For samples of "
            "16 bits use waves / 32768."
        )
    columns = waves.shape[1] // HOP
    seen = np.abs(_transform().stft(waves[..., 0], p0=0, p1=columns, axis=-1))[:, :-1]
    loudness = 20 * np.log10(np.maximum(seen / (FRAME / 4), 10 ** (-RANGE / 20)))
    return np.float32(np.minimum(2 * loudness / RANGE + 1, 1))[..., np.newaxis]


def waves_of(pictures, seed, rounds=ROUNDS):
    """Sounds that have these spectrograms, as nearly as Griffin-Lim finds them.

    The phases are drawn, and then, round after round, replaced by those of the wave that fits
    best; a step goes a little farther than that, in the direction of the last one. The wave has
    nearly the picture's loudness, but not the phases that were lost.

    Args:
        pictures: float array [n, 64, columns, 1] in [−1, 1], as `spectrograms` returns them.
        seed: integer of at least 0 from which the first phases are drawn.
        rounds: how often the phases are replaced, at least 0.

    Returns:
        float32 array [n, 64 · columns, 1] in [−1, 1].

    Example:
        >>> waves_of(np.full((1, 64, 32, 1), -1.0), seed=0).shape
        (1, 2048, 1)

    Reference:
        Griffin, Lim (1984), "Signal Estimation from Modified Short-Time Fourier Transform"; the
        farther step: Perraudin, Balazs, Søndergaard (2013), "A fast Griffin-Lim algorithm".
    """
    pictures = np.asarray(pictures, np.float64)[..., 0]
    loudness = FRAME / 4 * 10 ** (RANGE / 20 * (pictures - 1) / 2)
    loudness[pictures <= -1] = 0  # what lies below the range is silence
    loudness = np.pad(loudness, ((0, 0), (0, 1), (0, 1)))  # the highest frequency, the last column
    turns = np.random.default_rng(seed).uniform(0, 2 * np.pi, loudness.shape)
    transform, samples = _transform(), HOP * pictures.shape[2]
    seen, before = loudness * np.exp(1j * turns), 0
    for _ in range(rounds):
        wave = transform.istft(seen, k1=samples, f_axis=1, t_axis=2)
        again = transform.stft(wave, p0=0, p1=loudness.shape[2], axis=-1)
        farther = again + FARTHER * (again - before)
        seen, before = loudness * np.exp(1j * np.angle(farther)), again
    wave = transform.istft(seen, k1=samples, f_axis=1, t_axis=2)
    return np.float32(np.clip(wave, -1, 1))[..., np.newaxis]


@functools.cache
def _transform():
    """SciPy's short-time Fourier transform with a Hann window."""
    from scipy.signal import ShortTimeFFT, get_window

    return ShortTimeFFT(get_window("hann", FRAME), HOP, RATE)
