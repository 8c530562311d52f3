"""Every draw has an address of its own, and the address says all about the draw."""

import os
import subprocess
import sys
from itertools import islice

import numpy as np
import pytest
import tensorflow as tf

from ganedu import seeding
from ganedu.seeding import STREAMS, check_seed, layer_seeds, stream_seed


@pytest.mark.parametrize("stream", STREAMS)
def test_stream_seed_is_its_formula(stream):
    expected = [7, len(STREAMS) * 100 + STREAMS.index(stream)]
    assert stream_seed(7, 100, stream).numpy().tolist() == expected
    assert stream_seed(7, 100, stream).dtype == tf.int64


def test_no_two_draws_share_a_seed():
    pairs = [
        tuple(stream_seed(seed, step, stream).numpy())
        for seed in (0, 1)
        for step in range(30)
        for stream in STREAMS
    ]
    assert len(set(pairs)) == len(pairs)


def test_neighbouring_addresses_give_unrelated_noise():
    """1,000 normals each: the correlation of unrelated ones has a standard deviation of .032."""
    addresses = [(0, 0, "data"), (0, 1, "data"), (1, 0, "data"), (0, 0, "samples")]
    draws = [tf.random.stateless_normal([1000], stream_seed(*address)) for address in addresses]
    correlations = np.corrcoef(draws)[~np.eye(len(addresses), dtype=bool)]
    assert np.abs(correlations).max() < 0.15


@pytest.mark.parametrize("step", [100, np.int64(100), tf.constant(100), tf.constant(100, tf.int64)])
def test_a_step_may_be_a_number_or_a_tensor(step):
    assert stream_seed(7, step, "samples").numpy().tolist() == [7, 504]


def test_a_compiled_step_gives_the_same_seed():
    compiled = tf.function(lambda step: stream_seed(7, step, "samples"))
    assert compiled(tf.constant(100, tf.int64)).numpy().tolist() == [7, 504]


def test_steps_beyond_32_bits_do_not_wrap():
    assert stream_seed(0, 2**40, "data").numpy().tolist() == [0, 5 * 2**40]


def test_an_unknown_stream_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="noise") as refusal:
        stream_seed(0, 0, "noise")
    assert all(stream in str(refusal.value) for stream in STREAMS)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, True, "0", None])
@pytest.mark.parametrize("use", [check_seed, lambda seed: stream_seed(seed, 0, "data")])
def test_what_is_no_seed_is_refused(seed, use):
    with pytest.raises(ValueError, match="seed must be an integer of at least 0"):
        use(seed)


def test_layer_seeds_refuse_what_is_no_seed():
    with pytest.raises(ValueError, match="seed must be"):
        next(layer_seeds(-1, "generator"))


@pytest.mark.parametrize("seed", [0, 2**63 - 1, np.int64(3)])
def test_what_is_a_seed_is_taken(seed):
    check_seed(seed)
    assert stream_seed(seed, 0, "data").numpy()[0] == seed


def test_layers_of_both_roles_and_of_two_runs_get_seeds_of_their_own():
    """400 draws from 2³¹ numbers: two are equal with a chance of 400²/2³² < 1 in 20,000."""
    seeds = [
        number
        for seed in (0, 1)
        for role in ("generator", "discriminator")
        for number in islice(layer_seeds(seed, role), 100)
    ]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= number < 2**31 for number in seeds)


def test_layer_seeds_are_the_same_in_another_process():
    """Python salts the hash of a text anew in each process; the layers' seeds must not see it."""
    code = (
        "import sys, types; sys.modules['tensorflow'] = types.ModuleType('tensorflow')\n"
        "from ganedu.seeding import layer_seeds; print(next(layer_seeds(3, 'generator')))"
    )
    root = os.path.dirname(os.path.dirname(seeding.__file__))
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": salt, "PYTHONPATH": root},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for salt in ("1", "2")
    }
    assert printed == {f"{next(layer_seeds(3, 'generator'))}\n"}


def test_later_streams_leave_the_numbers_of_the_earlier_ones():
    """Pairs of all streams and steps differ; those of the first five are not negative."""
    streams = (*seeding.STREAMS, *seeding.LATER_STREAMS)
    pairs = {s: [int(seeding.stream_seed(7, n, s)[1]) for n in range(40)] for s in streams}
    numbers = [number for of_stream in pairs.values() for number in of_stream]
    assert len({*numbers}) == len(numbers)
    assert min(pairs["samples"]) == 4 and max(pairs["real_augmentation"]) == -1


@pytest.mark.parametrize("draw", [seeding.normal, seeding.uniform])
def test_draws_are_those_of_the_seed(draw):
    pair = seeding.stream_seed(0, 3, "samples")
    stateless = {seeding.normal: "stateless_normal", seeding.uniform: "stateless_uniform"}[draw]
    expected = getattr(tf.random, stateless)([5, 2], pair, alg="philox")
    assert np.array_equal(draw([5, 2], pair), expected)


def test_parts_of_a_draw_are_draws_of_their_own():
    """Pairs of 8 streams, 40 steps, 3 parts and parts of these are all different."""
    pairs = set()
    for stream in (*seeding.STREAMS, *seeding.LATER_STREAMS[:3]):
        for step in range(40):
            whole = seeding.stream_seed(7, step, stream)
            parts = [seeding.part_of(whole, i) for i in range(3)]
            pairs |= {tuple(pair.numpy()) for pair in (whole, *parts)}
            pairs |= {tuple(seeding.part_of(part, 0).numpy()) for part in parts}
    assert len(pairs) == 8 * 40 * 7


def test_a_part_is_the_same_again_and_drawn_from_all_integers():
    whole = seeding.stream_seed(0, 3, "samples")
    first, again = (seeding.part_of(whole, 5).numpy() for _ in range(2))
    assert np.array_equal(first, again) and first[1] == 5
    many = [int(seeding.part_of(seeding.stream_seed(0, n, "data"), 0)[0]) for n in range(200)]
    assert min(many) < -(2**61) and max(many) > 2**61


def test_latents_of_a_seed_are_those_of_the_stream_for_samples():
    seed = seeding.stream_seed(7, 0, "samples")
    expected = tf.random.stateless_normal([3, 5], seed, alg="philox")
    np.testing.assert_array_equal(seeding.sample_latents(3, 5, 7), expected)
    with pytest.raises(ValueError, match="seed must be an integer of at least 0"):
        seeding.sample_latents(3, 5, -1)
