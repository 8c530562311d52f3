"""How the recording of lesson 18 is read."""

import math

import pytest

from ganedu.playground import generators

SPEEDS = [
    {"program": "GAN", "name": "GAN", "evaluations": 1, "batch": batch, "milliseconds": value}
    for batch, value in ((1, 3.0), (100, 0.5))
]


def sampled(name, distance):
    return {"name": name, **dict.fromkeys(generators.MEASURES, 0.5), "frechet_few": distance}


def recording(*distances):
    rows = [
        {"program": "GAN", "seed": seed, "samplings": [sampled("GAN", distance)]}
        for seed, distance in enumerate(distances)
    ]
    return {"rows": rows, "speeds": SPEEDS}


def test_the_median_of_the_seeds_and_both_times():
    [row] = generators.medians(recording(9.0, 4.0, 5.0))
    assert row["frechet_few"] == 5.0 and row["range"] == [4.0, 9.0] and row["runs"] == 3
    assert (row["milliseconds"], row["milliseconds_alone"]) == (0.5, 3.0)


def test_a_failed_run_is_infinitely_far():
    told = recording(9.0, 4.0, None)
    told["rows"][2]["samplings"][0] = {"name": "GAN", **dict.fromkeys(generators.MEASURES)}
    [row] = generators.medians(told)
    assert row["frechet_few"] == 9.0 and row["range"][1] == math.inf
    assert row["confident"] == 0.5
    [row] = generators.medians(recording(None, None, 4.0))
    assert row["frechet_few"] == math.inf


def test_what_was_not_measured_is_a_dash(capsys):
    [row] = generators.medians(recording(9.0))
    generators.print_table([{**row, "frechet_many": None}], {**sampled("", 2.0)})
    head, gan, real = capsys.readouterr().out.splitlines()
    assert gan.split() == ["GAN", "9.0", "–", "0.500", "0.500", "0.500", "0.50", "3.0"]
    assert real.split()[:3] == ["real", "digits", "2.0"] and real.endswith("–")
    assert len(head) == len(gan)


def test_the_picture_leaves_out_what_has_no_place():
    [row] = generators.medians(recording(9.0))
    rows = [row, {**row, "name": "lost", "frechet_few": math.inf}]
    [axes] = generators.quality_panel(rows, 2.0).axes
    assert [text.get_text() for text in axes.texts] == ["GAN"]
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert axes.lines[-1].get_ydata() == pytest.approx([2.0, 2.0])


def test_rows_stand_in_one_order_however_the_runs_ended():
    programs = ("student, both", "flow", "GAN", "student, adversarial", "VAE")
    rows = [{"program": name, "seed": 0, "samplings": [sampled(name, 1.0)]} for name in programs]
    for given in (rows, rows[::-1]):
        found = [row["program"] for row in generators.medians({"rows": given, "speeds": []})]
        assert found == ["GAN", "VAE", "flow", "student, adversarial", "student, both"]


def test_the_names_of_neighbours_stand_in_different_places():
    told = {"program": "flow", "evaluations": 2, "range": [9.0, 9.0], "frechet_few": 9.0}
    rows = [{**told, "name": str(i), "milliseconds": 1 + i / 10} for i in range(3)]
    rows.append({**told, "name": "far", "milliseconds": 100.0})
    [axes] = generators.quality_panel(rows, 3.0).axes
    places = [(text.get_ha(), *text.xyann) for text in axes.texts]
    assert len(set(places[:3])) == 3 and places[3] == places[0]
