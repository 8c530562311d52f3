"""Sizes and links of convolutions: by hand, and against what Keras does."""

import itertools

import keras
import numpy as np
import pytest

from ganedu import plotting
from ganedu.playground import convolutions

CASES = [
    case
    for case in itertools.product((5, 7, 8), (1, 2, 3, 4, 5), (1, 2, 3), ("valid", "same"))
    if case[1] >= case[2] or case[3] == "valid"
]
EACH = pytest.mark.parametrize("transposed", [False, True])


def by_keras(signal, kernel, stride, padding, transposed):
    """One axis through Keras; signal [size], kernel [k]."""
    convolve = keras.ops.conv_transpose if transposed else keras.ops.conv
    signal, kernel = np.float32(signal)[np.newaxis, :, np.newaxis], np.float32(kernel)
    outputs = convolve(signal, kernel[:, np.newaxis, np.newaxis], stride, padding)
    return np.asarray(outputs)[0, :, 0]


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ((4, 3, 1, "valid"), 2),
        ((28, 4, 2, "same"), 14),
        ((7, 3, 2, "same"), 4),
        ((7, 4, 2, "valid"), 2),
        ((7, 4, 2, "same", True), 14),
        ((7, 4, 2, "valid", True), 16),
        ((2, 3, 1, "valid", True), 4),
        ((3, 2, 3, "valid", True), 9),
        ((1, 1, 1, "valid"), 1),
    ],
)
def test_sizes_by_hand(arguments, expected):
    assert convolutions.output_size(*arguments) == expected


@EACH
def test_sizes_and_links_are_those_of_keras(transposed):
    """Signal and kernel of random numbers: one wrong link would show."""
    rng = np.random.default_rng(0)
    for size, kernel, stride, padding in CASES:
        signal, weights = rng.normal(size=size), rng.normal(size=kernel)
        places = convolutions.links(size, kernel, stride, padding, transposed)
        matrix = np.where(places >= 0, weights[places], 0)
        right = by_keras(signal, weights, stride, padding, transposed)
        sizes = (size, kernel, stride, padding, transposed)
        assert convolutions.output_size(*sizes) == len(right), sizes
        np.testing.assert_allclose(matrix @ signal, right, rtol=1e-4, atol=1e-5, err_msg=f"{sizes}")


def test_links_of_a_stride_by_hand():
    """Size 5, kernel 3, stride 2, "same": three outputs, one pixel of padding at either end."""
    expected = [[1, 2, -1, -1, -1], [-1, 0, 1, 2, -1], [-1, -1, -1, 0, 1]]
    assert convolutions.links(5, 3, 2, "same").tolist() == expected


def test_a_kernel_that_the_stride_does_not_divide_overlaps_unevenly():
    """Kernel 3, stride 2: inside, outputs get 1 and 2 products in turn; kernel 4: 2 each."""
    for kernel, inside in ((3, [1, 2, 1, 2]), (4, [2, 2, 2, 2])):
        counts = (convolutions.links(6, kernel, 2, "valid", transposed=True) >= 0).sum(axis=1)
        assert counts[3:7].tolist() == inside


@pytest.mark.parametrize(
    "arguments, words",
    [
        ((0, 3), "size must be an integer of at least 1"),
        ((4, 2.0), "kernel must be an integer of at least 1, such as 4; got 2.0"),
        ((4, 3, True), "stride must be"),
        ((4, 3, 1, "SAME"), 'must be "valid" or "same"; got \'SAME\''),
        ((4, 5), "does not fit into 4 pixels"),
    ],
)
def test_what_cannot_be_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        convolutions.output_size(*arguments)
    with pytest.raises(ValueError, match=words):
        convolutions.links(*arguments)


class TestConvolutionLinks:
    def test_it_links_what_feeds_what(self):
        """Kernel 3, stride 2 on 5 pixels: outputs at 0–2 and 2–4; the second one is drawn thick."""
        [axes] = convolutions.convolution_links(5, 3, stride=2).axes
        thin, thick = axes.collections
        ends = [[tuple(end) for end in line] for line in thin.get_segments()]
        assert ends == [[(i, 0.25), (1.5, 1.75)] for i in (0, 1, 2)]
        ends = [[tuple(end) for end in line] for line in thick.get_segments()]
        assert ends == [[(i, 0.25), (2.5, 1.75)] for i in (2, 3, 4)]
        assert thick.get_linewidths()[0] > thin.get_linewidths()[0]

    def test_the_boxes_say_places_and_numbers_of_products(self):
        """Transposed, kernel 3, stride 2, 2 → 5: the two stamps meet in the middle."""
        [axes] = convolutions.convolution_links(2, 3, stride=2, transposed=True).axes
        assert [text.get_text() for text in axes.texts] == [*"01", *"11211"]
        heights = [text.get_position()[1] for text in axes.texts]
        assert heights == [0] * 2 + [2] * 5
        filled = [box.get_facecolor()[:3] != (1, 1, 1) for box in axes.patches]
        assert filled == [True, True, False, False, True, False, False]

    def test_what_does_not_fit_is_refused(self):
        with pytest.raises(ValueError, match="does not fit"):
            convolutions.convolution_links(2, 3)


class TestShapeChain:
    def test_every_shape_and_step_stands_there_from_left_to_right(self):
        shapes, steps = [(64,), (7, 7, 64), (28, 28, 1), (1,)], ["Dense", "grow", "judge"]
        [axes] = convolutions.shape_chain(shapes, steps).axes
        texts = sorted((text.get_position()[0], text.get_text()) for text in axes.texts)
        words = [word for _, word in texts if word]
        assert words == ["64", "Dense", "7×7×64", "grow", "28×28×1", "judge", "1"]

    def test_faces_have_the_sides_of_the_image_and_one_lies_behind_another_per_doubling(self):
        """64 = 2⁶ channels: six faces behind the first; one channel: none."""
        [axes] = convolutions.shape_chain([(7, 9, 64), (28, 28, 1)], [""]).axes
        sizes = [(box.get_height(), box.get_width()) for box in axes.patches[:8]]
        assert sizes == [(7, 9)] * 7 + [(28, 28)]

    @pytest.mark.parametrize("shapes, steps", [([(1,), (2,)], []), ([(7, 7)], [])])
    def test_what_is_no_chain_is_refused(self, shapes, steps):
        with pytest.raises(ValueError, match="one step between each two"):
            convolutions.shape_chain(shapes, steps)


class TestMatrices:
    def test_every_number_but_zero_stands_in_its_box(self):
        first, second = convolutions.matrices([np.array([[1, 0], [2.5, 3]]), np.eye(1)], "ab").axes
        written = {text.get_text(): text.get_position() for text in first.texts}
        assert written == {"1": (0.5, 1.5), "2.5": (0.5, 0.5), "3": (1.5, 0.5)}  # row 0 is on top
        [mesh] = first.collections
        assert mesh.get_array().tolist() == [[2.5, 3], [1, 0]]
        assert [axes.get_title() for axes in (first, second)] == ["a", "b"]

    def test_each_has_a_title(self):
        with pytest.raises(ValueError, match="got 1 matrices, 2 titles"):
            convolutions.matrices([np.eye(2)], ["a", "b"])


@pytest.fixture
def convolved(monkeypatch):
    """The controls of a convolution, by description, and what they draw: (figure, sentence)."""
    shown = []
    monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append((figure, alt)))
    *controls, _ = convolutions.convolution_explorer().children
    return {control.description: control for control in controls}, shown


class TestConvolutionExplorer:
    def test_each_move_draws_and_says_its_values(self, convolved):
        controls, shown = convolved
        assert shown[0][1].startswith("Convolution, kernel 3, stride 1, padding valid: 7 → 5; 3 p")
        controls["kind"].value, controls["stride"].value = True, 2
        assert shown[2][1] == (
            "Transposed convolution, kernel 3, stride 2, padding valid: 7 → 15; "
            "1 to 2 products in an output."
        )
        controls["padding"].value, controls["kernel"].value = "same", 4
        controls["size"].value = 8
        assert "kernel 4, stride 2, padding same: 8 → 16; 1 to 2 products" in shown[5][1]
        assert len(shown) == 6
        boxes = shown[5][0].axes[0].texts
        assert [text.get_text() for text in boxes[8:]] == ["1", *["2"] * 14, "1"]

    def test_every_setting_can_be_drawn(self, convolved):
        controls, shown = convolved
        controls["size"].value = controls["size"].min
        controls["kernel"].value = controls["kernel"].max
        controls["stride"].value = controls["stride"].max
        assert shown[-1][1].startswith("Convolution, kernel 5, stride 3, padding valid: 5 → 1;")

    def test_controls_have_a_name_and_wait_for_the_hand_to_rest(self, convolved):
        controls, _ = convolved
        assert list(controls) == ["size", "kernel", "stride", "padding", "kind"]
        sliders = [controls[name] for name in ("size", "kernel", "stride")]
        assert not any(slider.continuous_update for slider in sliders)
