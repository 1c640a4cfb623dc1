"""What becomes of a delivery after an attempt. Pure; chance and time are arguments."""

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final, Literal

from services.feed.outbound.posting import Answer
from shared.contracts.verbs import ToldVerb

# Seconds after the first, second … failure.
SCHEDULE_S: Final = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER: Final = 0.1  # of the pause, either way
DAY_S: Final = 86_400
ENDPOINT_PAUSE_S: Final = 300  # the longest that an endpoint rests of its own failures
FAILING_S: Final = 120 * 3_600  # an endpoint that took nothing for so long is disabled

Outcome = Literal["delivered", "failed", "given_up", "gone"]


@dataclass(frozen=True)
class Verdict:
    """What to do.

    Args:
        again_ms: when this delivery is tried again, milliseconds since 1970; of `failed`.
        rest_until_ms: until when nothing is sent to this endpoint; 0 = go on.
    """

    outcome: Outcome
    again_ms: int = 0
    rest_until_ms: int = 0


def judge(answer: Answer, *, verb: ToldVerb, attempt: int, failures: int, now_ms: int, chance: float) -> Verdict:
    """Return what becomes of a delivery.

    Args:
        attempt: 1 for the first.
        failures: of the endpoint, one after the other, before this attempt.
        chance: 0 to 1.
    """
    if answer.is_good:
        return Verdict("delivered")
    if answer.status == 410:
        return Verdict("gone")
    asked_s = retry_after_s(answer.retry_after, now_ms=now_ms)
    rest_s = max(asked_s, min(SCHEDULE_S[0] * 2**failures, ENDPOINT_PAUSE_S) * _spread(chance))
    rest_until_ms = now_ms + round(rest_s * 1000)
    if attempt > len(SCHEDULE_S) and verb != "killed":  # a kill is never given up
        return Verdict("given_up", rest_until_ms=rest_until_ms)
    pause_s = SCHEDULE_S[min(attempt, len(SCHEDULE_S)) - 1] * _spread(chance)
    return Verdict("failed", now_ms + round(max(asked_s, pause_s) * 1000), rest_until_ms)


def retry_after_s(text: str, *, now_ms: int) -> float:
    """Return the seconds that a Retry-After header asks for, at most a day; 0 for nonsense (RFC 9110, 10.2.3)."""
    if text.isascii() and text.isdecimal():
        return float(min(int(text[:9]), DAY_S))
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return min(max(0.0, when.timestamp() - now_ms / 1000), DAY_S)


def _spread(chance: float) -> float:
    return 1 + JITTER * (2 * chance - 1)
