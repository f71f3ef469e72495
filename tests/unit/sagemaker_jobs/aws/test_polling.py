"""Waiting that has an end."""

from itertools import pairwise

from sagemaker_jobs.aws.polling import looks


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def clock(self) -> float:
        return self.now


def test_looking_ends_when_the_time_is_up() -> None:
    """The last look comes after the limit, and then no more."""
    time = Time()
    waited = list(looks(60, sleep=time.sleep, clock=time.clock))
    assert waited[0] == 0
    assert waited[-2] <= 60 < waited[-1]


def test_looks_are_frequent_at_first_and_at_most_three_seconds_apart() -> None:
    """What is quick is noticed quickly; what is slow is not asked for all the time."""
    time = Time()
    waited = list(looks(600, sleep=time.sleep, clock=time.clock))
    assert waited[1] < 0.5
    assert max(b - a for a, b in pairwise(waited)) <= 3.0001
