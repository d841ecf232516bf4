from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import bqplot
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.widgets.run_fakes import NOW, point

from patholearn_lab.jobs.thinning import thin
from patholearn_lab.training.findings import Evidence
from patholearn_lab.widgets.curve_series import CurveView, smoothed
from patholearn_lab.widgets.curves import Curves
from patholearn_lab.widgets.ticks import epoch_ticks, value_ticks


@pytest.fixture
def curves() -> Iterator[Curves]:
    curves = Curves()
    yield curves
    curves.close()


def figures(curves: Curves) -> dict[str, bqplot.Figure]:
    return {child.title: child for child in curves.box.children if isinstance(child, bqplot.Figure)}


def epoch_points(epochs: int) -> list[object]:
    names = ["train_loss", "valid_loss", "train_accuracy", "valid_accuracy"]
    return [
        point(seq, name, 0.5, epoch=epoch, step=10 * (epoch + 1))
        for epoch in range(epochs)
        for seq, name in enumerate(names)
    ]


def test_before_the_first_epoch_a_sentence_stands_in_the_place_of_curves(curves: Curves) -> None:
    curves.say("The first epoch is under way.")
    assert figures(curves) == {}
    assert "first epoch" in curves.box.children[0].value


def test_loss_and_accuracy_have_a_figure_each_with_train_and_valid(curves: Curves) -> None:
    curves.add(epoch_points(3))
    shown = figures(curves)
    assert list(shown) == ["Loss", "Accuracy"]
    for figure in shown.values():
        assert [list(line.x) for line in figure.marks] == [[1, 2, 3], [1, 2, 3]]
        assert [line.line_style for line in figure.marks] == ["solid", "dashed"]
        assert len({line.marker for line in figure.marks}) == 2
        assert len({tuple(line.colors) for line in figure.marks}) == 2


def test_points_that_come_in_parts_make_the_same_lines(curves: Curves) -> None:
    points = epoch_points(4)
    for one in points:
        curves.add([one])
    assert list(figures(curves)["Loss"].marks[0].x) == [1, 2, 3, 4]


def test_single_batches_lie_between_the_epochs(curves: Curves) -> None:
    curves.add([point(1, "train_loss_step", 2.0, epoch=0, step=5)])
    assert figures(curves) == {}, "before the first epoch nobody knows how many steps one has"
    curves.add([point(2, "train_loss", 1.0, epoch=0, step=10), point(3, "train_loss_step", 0.9, epoch=1, step=15)])
    [batches, epochs] = figures(curves)["Loss"].marks
    assert list(batches.x) == [0.5, 1.5]
    assert list(epochs.x) == [1.0]


def test_what_is_no_number_or_of_the_test_split_is_left_out(curves: Curves) -> None:
    curves.add([point(1, "train_loss", None), point(2, "test_accuracy", 0.9), point(3, "valid_f1", 0.7)])
    assert list(figures(curves)) == ["F1"]


def test_a_metric_that_the_cell_invents_gets_a_figure_of_its_own(curves: Curves) -> None:
    curves.add([point(1, "valid_my_score", 12.0), point(2, "train_loss", 1.0)])
    assert list(figures(curves)) == ["Loss", "My score"]


def test_a_new_run_begins_with_an_empty_page(curves: Curves) -> None:
    curves.add(epoch_points(2))
    curves.clear()
    assert figures(curves) == {}
    curves.add(epoch_points(1))
    assert list(figures(curves)["Loss"].marks[0].x) == [1]


def test_the_loss_begins_at_zero_and_accuracy_shows_its_whole_range(curves: Curves) -> None:
    curves.add(epoch_points(2))
    shown = figures(curves)
    assert shown["Loss"].axes[1].scale.min == 0
    assert shown["Accuracy"].axes[1].scale.min == 0
    assert shown["Accuracy"].axes[1].scale.max >= 1


@given(st.integers(min_value=1, max_value=100_000))
def test_epochs_are_named_by_about_ten_whole_numbers(last: int) -> None:
    ticks = epoch_ticks(last)
    assert ticks[0] == 0
    assert ticks[-1] <= last
    assert 2 <= len(ticks) <= 11


@given(st.floats(min_value=1e-6, max_value=1e9))
def test_values_are_named_from_zero_by_about_five(highest: float) -> None:
    ticks = value_ticks(highest)
    assert ticks[0] == 0
    assert ticks[-1] <= highest * 1.0001
    assert 2 <= len(ticks) <= 7


def test_a_loss_of_zero_has_an_axis_too(curves: Curves) -> None:
    curves.add([point(1, "train_loss", 0.0)])
    assert figures(curves)["Loss"].axes[1].scale.max == 1.0


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400), st.integers(4, 60))
def test_a_thinned_line_keeps_its_ends_its_peaks_and_its_order(values: list[float], most: int) -> None:
    y = np.array(values)
    x = np.arange(len(y), dtype=np.float64)
    thin_x, thin_y = thin(x, y, most)
    assert len(thin_x) == len(thin_y) <= max(most, min(len(y), most))
    assert thin_y.min() == y.min()
    assert thin_y.max() == y.max()
    assert (thin_x[0], thin_x[-1]) == (x[0], x[-1])
    assert (np.diff(thin_x) > 0).all()


def test_a_short_line_is_drawn_as_it_is() -> None:
    x = np.arange(2000.0)
    assert thin(x, x)[0] is x


def test_evidence_is_a_broad_stroke_along_its_epochs_below_the_curve(curves: Curves) -> None:
    curves.add(epoch_points(6))
    curves.mark([Evidence(curve="valid_loss", first=3, last=5, note="it rises")])
    mark, *lines = figures(curves)["Loss"].marks
    assert (list(mark.x), mark.stroke_width) == ([3, 4, 5], 11)
    assert len(lines) == 2
    curves.mark([])
    assert len(figures(curves)["Loss"].marks) == 2


def test_evidence_between_two_values_is_a_band_and_stays_when_an_epoch_comes(curves: Curves) -> None:
    curves.add(epoch_points(2))
    curves.mark([Evidence(curve="valid_accuracy", first=1, last=2, low=0.4, high=0.6, note="by chance")])
    curves.add([point(99, "valid_accuracy", 0.7, epoch=2, step=30)])
    band, *lines = figures(curves)["Accuracy"].marks
    assert np.asarray(band.y).tolist() == [[0.4, 0.4], [0.6, 0.6]]
    assert [len(line.x) for line in lines] == [2, 3]


def test_what_is_marked_is_changed_in_its_place_when_points_come(curves: Curves) -> None:
    # Each new widget makes a page that is just loading wait (mark_layer.py).
    curves.add(epoch_points(3))
    curves.mark([Evidence(curve="valid_loss", first=3, last=3, note="here")])
    curves.mark_tested({"test_accuracy": 0.9}, 2)
    curves.mark_sessions([NOW])
    before = {title: list(figure.marks) for title, figure in figures(curves).items()}
    assert [len(marks) for marks in before.values()] == [4, 4]
    curves.add(epoch_points(5)[12:])
    curves.mark([Evidence(curve="valid_loss", first=3, last=5, note="here")])
    assert {title: list(figure.marks) for title, figure in figures(curves).items()} == before
    (stroke,) = [mark for mark in before["Loss"] if mark.stroke_width == 11]
    assert (list(stroke.x), stroke.marker) == ([3, 4, 5], None)


def test_evidence_of_a_curve_that_is_not_shown_is_left_out(curves: Curves) -> None:
    curves.add(epoch_points(2))
    curves.mark([Evidence(curve="valid_dice", first=1, last=2, note="nowhere")])
    assert all(len(figure.marks) == 2 for figure in figures(curves).values())


def test_curves_are_drawn_along_steps_or_minutes(curves: Curves) -> None:
    points = [
        point(1, "train_loss", 0.9, epoch=0, step=10),
        point(2, "train_loss", 0.5, epoch=1, step=20).model_copy(update={"time": NOW + timedelta(minutes=3)}),
    ]
    curves.add(points)
    curves.controls.x.value = "step"
    assert list(figures(curves)["Loss"].marks[0].x) == [10, 20]
    curves.controls.x.value = "time"
    assert list(figures(curves)["Loss"].marks[0].x) == [0, 3]
    assert figures(curves)["Loss"].axes[0].label == "Minutes"


def test_a_series_can_be_hidden_and_shown_again(curves: Curves) -> None:
    curves.add(epoch_points(3))
    curves.controls.series["valid"].value = False
    assert [len(figure.marks) for figure in figures(curves).values()] == [1, 1]
    curves.controls.series["valid"].value = True
    assert [len(figure.marks) for figure in figures(curves).values()] == [2, 2]


def test_on_a_logarithmic_axis_what_is_not_above_zero_is_left_out(curves: Curves) -> None:
    curves.add([point(seq, "train_loss", value, epoch=seq, step=10) for seq, value in enumerate([1.0, 0.0, 0.1])])
    curves.controls.log.value = True
    loss = figures(curves)["Loss"]
    assert isinstance(loss.axes[1].scale, bqplot.LogScale)
    assert list(loss.marks[0].y) == [1.0, 0.1]


def test_fewer_points_are_drawn_where_somebody_wants_fewer(curves: Curves) -> None:
    curves.add([point(seq, "train_loss", float(seq % 7), epoch=seq, step=seq + 1) for seq in range(400)])
    curves.controls.points.value = 50
    assert len(figures(curves)["Loss"].marks[0].x) <= 50


def test_a_further_session_is_a_line_at_its_first_point(curves: Curves) -> None:
    times = [NOW, NOW + timedelta(minutes=1), NOW + timedelta(minutes=9)]
    points = [point(seq, "train_loss", 0.5, epoch=seq, step=10) for seq in range(3)]
    curves.add([one.model_copy(update={"time": at}) for one, at in zip(points, times, strict=True)])
    curves.mark_sessions([NOW + timedelta(minutes=5)])
    assert np.ravel(figures(curves)["Loss"].marks[0].x).tolist() == [3.0, 3.0]


def test_zoomed_curves_stay_where_they_are_when_an_epoch_comes(curves: Curves) -> None:
    curves.add(epoch_points(5))
    curves.controls.zoom.value = True
    axis = figures(curves)["Loss"].axes[0].scale
    axis.min, axis.max = 2.0, 3.0
    curves.add([point(99, "train_loss", 0.4, epoch=5, step=60)])
    assert (axis.min, axis.max) == (2.0, 3.0)
    curves.controls.whole.click()
    assert (axis.min, axis.max) == (0.0, 6.0)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30), st.floats(0, 0.95))
def test_a_smoothed_curve_stays_between_its_smallest_and_largest_value(values: list[float], weight: float) -> None:
    means = smoothed(np.array(values), weight)
    assert len(means) == len(values)
    assert means.min() >= min(values) - 1e-6
    assert means.max() <= max(values) + 1e-6
    assert means[0] == pytest.approx(values[0])


def test_the_view_that_is_given_is_the_one_that_is_drawn(curves: Curves) -> None:
    curves.add(epoch_points(3))
    curves.look(CurveView(x="step", hidden=frozenset({"train", "step"})))
    assert [list(figure.marks[0].x) for figure in figures(curves).values()] == [[10, 20, 30], [10, 20, 30]]


def test_what_the_test_gave_is_a_point_at_the_epoch_that_was_tested(curves: Curves) -> None:
    curves.add(epoch_points(3))
    curves.mark_tested({"test_accuracy": 0.9, "test_f1": 0.8}, 2)
    shown = figures(curves)
    (mark,) = [mark for mark in shown["Accuracy"].marks if isinstance(mark, bqplot.Scatter)]
    assert (list(mark.x), list(mark.y)) == ([2], [0.9])
    assert not any(isinstance(mark, bqplot.Scatter) for mark in shown["Loss"].marks)
    curves.look(CurveView(x="step"))
    assert [list(mark.x) for mark in figures(curves)["Accuracy"].marks if isinstance(mark, bqplot.Scatter)] == [[20]]
    curves.look(CurveView(hidden=frozenset({"test"})))
    assert not any(isinstance(mark, bqplot.Scatter) for mark in figures(curves)["Accuracy"].marks)
