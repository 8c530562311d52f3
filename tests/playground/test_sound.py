"""Players, and pictures of sounds."""

from unittest import mock

import numpy as np
import pytest
from IPython.display import Audio

from ganedu import plotting, sounds
from ganedu.playground import sound

DRAWN = sounds.draw(3, seed=0)


def test_sounds_come_in_a_row_with_silence_between():
    row = sound.in_a_row(DRAWN.waves, pause=0.1)
    assert len(row) == 3 * (2048 + 800)
    np.testing.assert_array_equal(row[2848 : 2848 + 2048], DRAWN.waves[1, :, 0])
    assert not row[2048:2848].any()


def test_a_player_is_as_loud_as_the_waves_and_says_what_is_heard():
    with mock.patch("IPython.display.display") as shown:
        sound.play(0.5 * DRAWN.waves, "Three plucked sounds.")
    player, caption = (call.args[0] for call in shown.call_args_list)
    assert isinstance(player, Audio) and not player.autoplay
    loudest = np.abs(np.frombuffer(player.data[44:], "<i2")).max()
    assert loudest == pytest.approx(32767 * 0.5 * sounds.PEAK, abs=2)
    assert caption.data == "*Three plucked sounds.*"


def test_a_player_without_a_sentence_is_refused():
    with pytest.raises(ValueError, match="full stop"):
        sound.play(DRAWN.waves, "sounds")


def test_what_is_too_loud_is_refused():
    with pytest.raises(ValueError, match="must lie in"):
        sound.play(2 * DRAWN.waves, "Loud.")


def test_the_panel_shows_each_wave_above_its_spectrogram():
    figure = sound.sounds_panel(DRAWN.waves, ["a", "b", "c"])
    assert [axes.get_title() for axes in figure.axes[:3]] == ["a", "b", "c"]
    np.testing.assert_array_equal(figure.axes[1].lines[0].get_ydata(), DRAWN.waves[1, :, 0])
    picture = figure.axes[4].images[0].get_array()
    np.testing.assert_array_equal(picture, sounds.spectrograms(DRAWN.waves)[1, ..., 0])


def test_one_title_for_each_sound():
    with pytest.raises(ValueError):
        sound.sounds_panel(DRAWN.waves, ["a"])


def test_the_histograms_are_shares_and_lose_nothing():
    measured = {"real": (DRAWN.pitch, DRAWN.decay), "odd": (np.zeros(2), np.full(2, 9.0))}
    for axes in sound.laws_panel(measured).axes:
        assert [patch.get_label() for patch in axes.patches] == ["real", "odd"]
        for patch in axes.patches:
            assert patch.get_data().values.sum() == pytest.approx(1)


def test_the_controls_change_the_sound(monkeypatch):
    shown, played = [], []
    monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append(alt))
    monkeypatch.setattr(sound, "play", lambda waves, heard: played.append(waves))
    box = sound.tone_explorer()
    assert [part.description for part in box.children[:3]] == ["kind", "pitch, Hz", "decay, ms"]
    assert shown[-1].startswith("A string of 300 hertz swings at 300, 600, 900, 1200, 1500, 1800 ")
    box.children[0].value = "bell"
    box.children[1].value = 700
    assert shown[-1].startswith("A bell of 700 hertz swings at 700, 1930 hertz; measured again: 7")
    np.testing.assert_array_equal(played[-1][0, :, 0], sounds.tone(2, 700, 0.04))
