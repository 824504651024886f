"""Every definition against an example that was worked out by hand."""

from __future__ import annotations

import pytest

from comptoir.measures import Bin, Coverage, Score, calibration, coverage, macro_f1, scores

PAIRS = [("a", "a"), ("a", "a"), ("a", "b"), ("b", "b"), ("b", "d"), ("c", "a")]


def test_of_nothing_everything_is_0() -> None:
    assert scores([]) == {}
    assert macro_f1({}) == 0
    assert calibration([]).ece == 0
    assert coverage([], 0.98).share == 0
    assert (Score(0, 0, 0).precision, Score(0, 0, 0).recall, Score(0, 0, 0).f1) == (0, 0, 0)


def test_precision_recall_and_f1() -> None:
    found = scores(PAIRS)

    assert found == {"a": Score(3, 3, 2), "b": Score(2, 2, 1), "c": Score(1, 0, 0), "d": Score(0, 1, 0)}
    assert (found["a"].precision, found["a"].recall) == (2 / 3, 2 / 3)
    assert Score(support=4, told=1, right=1).f1 == pytest.approx(2 * 1 * 0.25 / 1.25)


def test_macro_f1_leaves_out_what_no_gold_has_and_counts_what_is_never_told() -> None:
    assert macro_f1(scores(PAIRS)) == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)


def test_calibration() -> None:
    found = calibration([(0.95, True), (0.85, True), (0.85, False), (1.0, True), (0.05, False)])

    assert found.bins == (Bin(0.0, 1, 0.05, 0.0), Bin(0.8, 2, 0.85, 0.5), Bin(0.9, 2, pytest.approx(0.975), 1.0))
    assert found.ece == pytest.approx((1 * 0.05 + 2 * 0.35 + 2 * 0.025) / 5)


@pytest.mark.parametrize(("confidence", "low"), [
    (0.0, 0.0), (0.0999, 0.0), (0.1, 0.1), (0.8999, 0.8), (0.9, 0.9), (1.0, 0.9),
])
def test_a_bin_has_its_lower_end_and_the_last_both(confidence: float, low: float) -> None:
    assert calibration([(confidence, True)]).bins[0].low == low


SURE = [(0.7, True), (0.9, True), (0.1, False), (0.8, False), (0.8, True)]


@pytest.mark.parametrize(("wanted", "found"), [
    (1.0, Coverage(0.2, 1.0, 0.9)),  # of the two at 0.8 one is wrong, and no threshold parts them
    (0.76, Coverage(0.2, 1.0, 0.9)),
    (0.75, Coverage(0.8, 0.75, 0.7)),  # although the precision was lower in between
    (0.6, Coverage(1.0, 0.6, 0.1)),
])
def test_coverage(wanted: float, found: Coverage) -> None:
    assert coverage(SURE, wanted) == found


def test_coverage_is_none_where_the_surest_is_wrong() -> None:
    assert coverage([(0.9, False), (0.5, True)], 0.98).share == 0


def test_98_of_100_are_98_percent() -> None:
    assert coverage([(0.5, place >= 2) for place in range(100)], 0.98).share == 1
    assert coverage([(0.5, place >= 3) for place in range(100)], 0.98).share == 0
