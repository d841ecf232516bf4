from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from unit.widgets.run_fakes import make_job

from patholearn_lab.widgets.run_follower import RunNews
from patholearn_lab.widgets.search_view import SearchView, bars, parallel, places, plots, table

TRIALS = pd.DataFrame(
    {
        "conv_1.out_channels": [8, 64, 36, 20],
        "optimizer": ["sgd", "adam", "adam", "sgd"],
        "state": ["complete"] * 4,
        "valid_loss": [0.5, 0.2, 0.4, None],
        "epoch": [3, 3, 2, None],
        "run": ["a", "b", "c", "d"],
    },
    index=pd.Index([1, 2, 3, 4], name="trial"),
)


def test_each_trial_is_a_line_through_its_settings_and_the_best_is_marked() -> None:
    figure = parallel(TRIALS.iloc[:3], ["conv_1.out_channels", "optimizer"], "valid_loss")
    others, best = figure.marks
    assert np.asarray(others.y).round(3).tolist() == [[0, 1, 1], [1, 0, 0], [0.5, 0, 0.667]]
    assert list(best.y) == [1, 0, 0]


def test_trials_without_a_value_are_in_the_table_but_no_line() -> None:
    (figure,) = plots(TRIALS, "valid_loss", {})
    assert len(np.asarray(figure.marks[0].y)) == 3
    html = table(TRIALS, "valid_loss")
    assert html.count("<tr>") == 5
    assert html.index("0.2") < html.index("0.4") < html.index("0.5")
    assert "–" in html


def test_before_the_first_trial_there_is_a_sentence() -> None:
    assert plots(pd.DataFrame(), "valid_loss", {}) == []
    assert "No trial has begun yet" in table(pd.DataFrame(), "valid_loss")


def test_the_most_important_setting_comes_first() -> None:
    figure = bars({"learning_rate": 0.2, "conv_1.out_channels": 0.8})
    assert list(figure.marks[0].x) == ["conv_1.out_channels", "learning_rate"]


def test_equal_values_stand_in_the_middle() -> None:
    assert places([3, 3]) == [0.5, 0.5]


def test_lines_are_drawn_anew_only_where_a_trial_has_news() -> None:
    trials = [TRIALS.iloc[:2], TRIALS.iloc[:2].assign(epoch=[9, 9]), TRIALS]
    view: Any = SimpleNamespace(
        _search=SimpleNamespace(metric="valid_loss", importance={}),
        _header=SimpleNamespace(),
        _table=SimpleNamespace(),
        _plots=SimpleNamespace(children=()),
        _drawn=None,
    )
    view._clear = lambda: None
    drawn = []
    for now in trials:
        view._search.refresh = lambda now=now: SimpleNamespace(trials=lambda: now)
        SearchView._show(view, RunNews(make_job("s", "running"), [], None))
        drawn.append(view._plots.children)
    assert drawn[0] is drawn[1]
    assert drawn[1] is not drawn[2]
