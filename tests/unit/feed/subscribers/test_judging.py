from email.utils import format_datetime

import pytest

from services.feed.outbound.posting import Answer
from services.feed.subscribers.judging import DAY_S, ENDPOINT_PAUSE_S, SCHEDULE_S, judge, retry_after_s
from shared.runtime.clock import moment

NOW = 1_795_266_180_000


def a_verdict(answer: Answer, *, verb: str = "updated", attempt: int = 1, failures: int = 0, chance: float = 0.5):
    return judge(answer, verb=verb, attempt=attempt, failures=failures, now_ms=NOW, chance=chance)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_two_hundreds_are_taken(status):
    assert a_verdict(Answer(status)).outcome == "delivered"


@pytest.mark.parametrize("status", [0, 301, 302, 400, 401, 404, 422, 429, 500, 502, 503, 504])
def test_everything_else_is_tried_again(status):
    assert a_verdict(Answer(status)).outcome == "failed"


def test_410_means_gone():
    assert a_verdict(Answer(410)).outcome == "gone"


def test_pauses_follow_the_schedule_with_jitter():
    for attempt, pause_s in enumerate(SCHEDULE_S, start=1):
        pauses = [(a_verdict(Answer(500), attempt=attempt, chance=c).again_ms - NOW) / 1000 for c in (0.0, 0.5, 1.0)]
        assert pauses == pytest.approx([pause_s * 0.9, pause_s, pause_s * 1.1])


def test_after_the_last_pause_it_is_given_up_but_a_kill_never_is():
    last = len(SCHEDULE_S) + 1
    assert a_verdict(Answer(500), attempt=last).outcome == "given_up"
    kill = a_verdict(Answer(500), attempt=last + 50, verb="killed")
    assert kill.outcome == "failed"
    assert kill.again_ms == NOW + SCHEDULE_S[-1] * 1000


def test_who_asks_for_time_gets_it():
    verdict = a_verdict(Answer(429, retry_after="600"))
    assert verdict.again_ms == verdict.rest_until_ms == NOW + 600_000


def test_an_endpoint_rests_longer_the_more_often_it_failed_but_never_long():
    rests = [(a_verdict(Answer(0), failures=failures).rest_until_ms - NOW) / 1000 for failures in range(12)]
    assert rests[:3] == [5, 10, 20]
    assert rests == sorted(rests)
    assert rests[-1] == ENDPOINT_PAUSE_S


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0), ("30", 30), ("999999999999", DAY_S), ("-5", 0), ("1.5", 0), ("soon", 0), ("", 0), ("٣", 0),
        (format_datetime(moment(NOW + 90_000), usegmt=True), 90),
        (format_datetime(moment(NOW - 90_000), usegmt=True), 0),
        ("Thu, 31 Dec 2099 23:59:59 GMT", DAY_S), ("Thu, 99 Foo 2099", 0),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date_and_nonsense_is_nothing(text, seconds):
    assert retry_after_s(text, now_ms=NOW) == pytest.approx(seconds)
