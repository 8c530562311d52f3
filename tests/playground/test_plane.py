"""The game in the plane: everything where it belongs, and a slider through its moments."""

import numpy as np

from ganedu import plotting
from ganedu.playground import plane


class TestGameInThePlane:
    points = np.array([[1.0, 0.0], [0.0, 1.0]])

    def moment(self, **parts):
        return plane.Moment("step 3", np.array([[0.5, -0.5]]), **parts)

    def test_one_panel_a_moment_and_no_empty_frames(self):
        figure = plane.game_in_the_plane([self.moment()] * 4, self.points, 2.0, columns=3)
        assert [axes.axison for axes in figure.axes] == [True] * 4 + [False] * 2
        assert [axes.get_title() for axes in figure.axes[:4]] == ["step 3"] * 4

    def test_points_and_samples_are_where_they_belong(self):
        (axes,) = plane.game_in_the_plane([self.moment()], self.points, 2.0).axes
        drawn = {line.get_label(): line.get_xydata() for line in axes.lines}
        np.testing.assert_array_equal(drawn["real"], self.points)
        np.testing.assert_array_equal(drawn["generated"], [[0.5, -0.5]])
        assert axes.get_xlim() == axes.get_ylim() == (-2, 2)

    def test_the_line_of_doubt_lies_where_the_surface_is_one_half(self):
        """A probability that grows with x and is ½ at x = 1."""
        surface = np.tile(np.clip(np.linspace(-2, 2, 41) / 2, 0.01, 0.99), (41, 1))
        (axes,) = plane.game_in_the_plane([self.moment(surface=surface)], self.points, 2.0).axes
        filled, line = axes.collections
        (path,) = line.get_paths()
        np.testing.assert_allclose(path.vertices[:, 0], 1, atol=1e-6)
        assert len(filled.get_paths()) == 10

    def test_a_surface_on_one_side_of_doubt_has_no_line(self):
        surface = np.full((9, 9), 0.9)
        (axes,) = plane.game_in_the_plane([self.moment(surface=surface)], self.points, 2.0).axes
        assert len(axes.collections) == 1

    def test_the_legend_says_what_greys_and_dashes_mean(self):
        with_surface = self.moment(surface=np.full((9, 9), 0.05))
        (legend,) = plane.game_in_the_plane([with_surface], self.points, 2.0).legends
        words = [text.get_text() for text in legend.get_texts()]
        assert words == ["real", "generated", "surely fake", "surely real", "½: cannot tell"]
        (fake, _) = legend.get_patches()
        (axes,) = plane.game_in_the_plane([with_surface], self.points, 2.0).axes
        (filled,) = axes.collections
        np.testing.assert_allclose(fake.get_facecolor(), filled.get_facecolor()[0], atol=1e-6)

    def test_without_a_surface_there_is_nothing_more_to_say(self):
        (legend,) = plane.game_in_the_plane([self.moment()], self.points, 2.0).legends
        assert [text.get_text() for text in legend.get_texts()] == ["real", "generated"]

    def test_arrows_start_at_their_points(self):
        arrows = np.array([[0.0, 1.0]]), np.array([[0.3, -0.2]])
        (axes,) = plane.game_in_the_plane([self.moment(arrows=arrows)], self.points, 2.0).axes
        (quiver,) = axes.collections
        np.testing.assert_array_equal(quiver.get_offsets(), arrows[0])
        assert (quiver.U[0], quiver.V[0]) == (0.3, -0.2)


def test_the_slider_goes_through_the_moments(monkeypatch):
    shown = []
    monkeypatch.setattr(plotting, "show", lambda figure, alt: shown.append((figure, alt)))
    moments = [plane.Moment(f"step {n}", np.full((4, 2), n / 10)) for n in range(3)]
    slider, _ = plane.moments_explorer(moments, np.ones((3, 2)), extent=2.0).children
    slider.value = 3
    assert [alt for _, alt in shown] == ["Moment 1 of 3: step 0.", "Moment 3 of 3: step 2."]
    drawn = {line.get_label(): line.get_xydata() for line in shown[-1][0].axes[0].lines}
    np.testing.assert_array_equal(drawn["generated"], moments[2].samples)
    assert slider.description and not slider.continuous_update
    assert (slider.min, slider.max) == (1, 3)
