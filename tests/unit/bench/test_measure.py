"""What the numbers of a bench are made of."""

import pytest

from bench.measure import Row, in_turns, medians, percentile


def test_a_percentile_is_a_value_that_was_measured():
    assert percentile([5.0, 1.0, 4.0, 2.0, 3.0], 0.5) == 3.0
    assert percentile([float(n) for n in range(1, 101)], 0.99) == 99.0
    assert percentile([7.0], 0.99) == 7.0
    assert percentile([1.0, 9.0], 1.0) == 9.0


def test_nothing_measured_has_no_percentile():
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)


def test_works_take_turns_and_every_other_round_goes_backwards():
    order: list[str] = []

    def work(name: str, took: float) -> float:
        order.append(name)
        return took

    results = in_turns({"a": lambda: work("a", 1.0), "b": lambda: work("b", 2.0)}, rounds=3)

    assert order == ["a", "b", "b", "a", "a", "b"]
    assert results == {"a": [1.0, 1.0, 1.0], "b": [2.0, 2.0, 2.0]}


def test_one_slow_round_does_not_move_the_median():
    assert medians({"a": [1.0, 1.1, 90.0], "b": [2.0, 2.0]}) == {"a": 1.1, "b": 2.0}


@pytest.mark.parametrize(
    ("row", "is_met"),
    [
        (Row("points", "points", ours=95.0, aim=95.0), True),
        (Row("points", "points", ours=94.0, aim=95.0), False),
        (Row("time", "ms", ours=6.0, floor=4.0, aim=1.5), True),
        (Row("time", "ms", ours=6.1, floor=4.0, aim=1.5), False),
        (Row("rate", "/s", ours=670.0, floor=1000.0, aim=0.67), True),
        (Row("rate", "/s", ours=669.0, floor=1000.0, aim=0.67), False),
        (Row("start", "s", ours=1.9, aim=2.0), True),
        (Row("start", "s", ours=2.1, aim=2.0), False),
        (Row("no aim", "s", ours=2.1, floor=2.0), None),
    ],
)
def test_a_time_has_to_stay_below_its_aim_and_a_rate_above(row, is_met):
    assert row.is_met is is_met


def test_a_ratio_needs_a_floor():
    assert Row("time", "ms", ours=6.0, floor=4.0).ratio == 1.5
    assert Row("time", "ms", ours=6.0).ratio is None
