"""Read a JSON object field by field. Faults and warnings are collected, so that a sender learns all at once."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeVar, cast

from services.ingest.adapt import FieldFault, Payload, PayloadRejected
from services.ingest.adapt.text import line, shortened
from shared.contracts.revision import MAX_NUMBER

MAX_NAMED: Final = 20  # unknown keys of one object named in warnings, and faults in an answer; more are counted
MAX_WARNINGS: Final = 60  # in an answer; more are counted
LARGEST_SHOWN: Final = 10**30  # Python refuses to write numbers of more than 4,300 digits
_SHOWN: Final = 60  # characters of a wrong value that a message repeats
_DATE: Final = re.compile(r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_MAIL: Final = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]*")
_WHOLE: Final = re.compile(r"^\d{1,16}$")

C = TypeVar("C", bound=str)


@dataclass
class Findings:
    """What is wrong with a payload, and what was mended."""

    faults: list[FieldFault] = field(default_factory=list)
    warnings: dict[str, None] = field(default_factory=dict)  # a set that keeps its order

    def fault(self, where: str, message: str) -> None:
        """Note that `where` is wrong and what to do."""
        self.faults.append(FieldFault(where, message))

    def warn(self, message: str) -> None:
        """Note what was mended; once is enough."""
        self.warnings[message] = None

    def pardon(self) -> None:
        """Turn every fault so far into a warning: the delivery must not fail for any of them."""
        for fault in self.faults:
            self.warn(f"{fault.field}: {fault.message}; left out")
        self.faults.clear()

    def rejection(self) -> PayloadRejected:
        """The faults so far, of which there must be one, as what is raised."""
        more = len(self.faults) - MAX_NAMED
        rest = (FieldFault("", f"and {more} more"),) if more > 0 else ()
        return PayloadRejected((*self.faults[:MAX_NAMED], *rest))

    def settle(self) -> tuple[str, ...]:
        """Return the warnings; raises PayloadRejected when anything was wrong."""
        if self.faults:
            raise self.rejection()
        warnings = tuple(self.warnings)
        more = len(warnings) - MAX_WARNINGS
        return (*warnings[:MAX_WARNINGS], f"and {more} more warnings") if more > 0 else warnings


class Fields:
    """One JSON object. `null` counts as missing; every key that was asked for counts as known."""

    def __init__(self, data: Payload, findings: Findings, *, at: str = "") -> None:
        self._data, self._at = data, at
        self.findings = findings
        self._known: set[str] = set()

    def where(self, name: str) -> str:
        """The field's full name, as messages write it."""
        return f"{self._at}.{name}" if self._at else name

    @property
    def name(self) -> str:
        """The last word of where it stands: its key in the object, or its place in the list, around it."""
        return self._at.rpartition(".")[2]

    def is_empty(self) -> bool:
        """Say whether there is nothing in it."""
        return not self._data

    def says_null(self, name: str) -> bool:
        """Say whether there is such a field, and nothing in it."""
        return name in self._data and self._data[name] is None

    def fault(self, name: str, message: str) -> None:
        """Note that a field is wrong and what to do."""
        self.findings.fault(self.where(name), message)

    def warn(self, name: str, message: str) -> None:
        """Note what was mended."""
        self.findings.warn(f"{self.where(name)}: {message}")

    def raw(self, name: str) -> object:
        """The value as it is; None when missing or null."""
        self._known.add(name)
        return self._data.get(name)

    def required(self, name: str) -> object:
        """The value as it is; missing or null is a fault."""
        value = self.raw(name)
        if value is None:
            self.fault(name, "is missing" if name not in self._data else "is null")
        return value

    def text(self, name: str, *, length: int = 10_000) -> str:
        """A line of plain text, cut to `length` characters with a warning; missing = empty."""
        value = self.raw(name)
        if value is None or isinstance(value, str):
            return self.fitting(name, line(value or ""), length=length)
        self.fault(name, f"must be text, not {described(value)}")
        return ""

    def spare_text(self, name: str, *, length: int = 10_000) -> str:
        """A line of plain text that an article can do without: what is no text is left out, with a warning."""
        value = self.raw(name)
        if value is None or isinstance(value, str):
            return self.text(name, length=length)
        self.warn(name, f"must be text, not {described(value)}; left out")
        return ""

    def spare_moment(self, name: str) -> datetime | None:
        """A date and time that an article can do without: what is none is left out, with a warning."""
        value = self.raw(name)
        found = moment_of(value) if value not in (None, "") else None
        if isinstance(found, str):
            self.warn(name, f"{found}; left out")
            return None
        return found

    def spare_objects(self, name: str) -> "list[Fields]":
        """The objects of a list that an article can do without: what is none is left out, with a warning.

        The values of an object count as well: an empty map of PHP's is a list.
        """
        value = self.raw(name)
        if isinstance(value, dict):
            pairs = [(f"{name}.{line(str(key))[:_SHOWN]}", item) for key, item in value.items()]
        elif isinstance(value, list):
            pairs = list(numbered(value, name))
        else:
            if value is not None:
                self.warn(name, f"must be a list of objects, not {described(value)}; left out")
            return []
        found: list[Fields] = []
        for where, item in pairs:
            if isinstance(item, dict):
                found.append(Fields(item, self.findings, at=self.where(where)))
            elif item is not None:
                self.warn(where, f"must be an object, not {described(item)}; left out")
        return found

    def fitting(self, name: str, text: str, *, length: int) -> str:
        """`text`, cut with a warning when it is longer than anything that was ever meant."""
        if len(text) > length:
            self.warn(name, f"has {len(text)} characters and was cut to {length}")
        return shortened(text, length)

    def needed_text(self, name: str, *, length: int = 10_000) -> str:
        """A line of plain text that must not be missing or empty."""
        value = self.required(name)
        if value is None:
            return ""
        text = self.text(name, length=length)
        if not text and isinstance(value, str):
            self.fault(name, "is empty")
        return text

    def identifier(self, name: str, *, length: int = 200) -> str:
        """The CMS's own id: text or a whole number."""
        value = self.required(name)
        if value is None:
            return ""
        if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_NUMBER:
            value = int(value)  # 782.0 is 782 to JSON; what a double no longer holds exactly could be another article's
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_SHOWN:
            value = str(value)
        if not isinstance(value, str):
            self.fault(name, f"must be text or a whole number, not {described(value)}")
            return ""
        text = line(value)
        if not text:
            self.fault(name, "is empty")
        elif len(text) > length:
            self.fault(name, f"has {len(text)} characters; at most {length} are possible")
        return text

    def whole(self, name: str) -> int | None:
        """A whole number from 0 up, also as digits in a text."""
        value = self.raw(name)
        if value is None:
            return None
        number = whole_number(value)
        if number is None:
            self.fault(name, f"must be a whole number from 0 to {MAX_NUMBER}, not {described(value)}")
        return number

    def flag(self, name: str) -> bool:
        """True or false; missing = false."""
        value = self.raw(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.fault(name, f"must be true or false, not {described(value)}")
        return False

    def choice(self, name: str, options: Sequence[C], default: C) -> C:
        """One word of a closed set; missing or empty = `default`."""
        value = self.raw(name)
        if value is None or value == "":
            return default
        if isinstance(value, str) and value in options:
            return cast("C", value)
        self.fault(name, f"must be one of {', '.join(options)}, not {described(value)}")
        return default

    def moment(self, name: str) -> datetime | None:
        """A date and time with its zone (RFC 3339); missing = None."""
        value = self.raw(name)
        if value is None or value == "":
            return None
        found = moment_of(value)
        if isinstance(found, str):
            self.fault(name, found)
            return None
        return found

    def needed_moment(self, name: str) -> datetime | None:
        """A date and time that must not be missing."""
        if self.required(name) == "":
            self.fault(name, "is empty")
        return self.moment(name)

    def items(self, name: str) -> Sequence[object]:
        """A list; missing = empty."""
        value = self.raw(name)
        if value is None or isinstance(value, list):
            return value or ()
        self.fault(name, f"must be a list, not {described(value)}")
        return ()

    def inner(self, name: str) -> "Fields | None":
        """An object inside this one; missing = None."""
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, dict):
            return Fields(value, self.findings, at=self.where(name))
        self.fault(name, f"must be an object, not {described(value)}")
        return None

    def of(self, value: object, name: str) -> "Fields | None":
        """`value` as an object that stands at `name`; None when it is none."""
        return Fields(value, self.findings, at=self.where(name)) if isinstance(value, dict) else None

    def warn_of_unknown(self) -> None:
        """Name the keys that nobody asked for: they are kept out."""
        unknown = [self.where(key) for key in self._data if key not in self._known]
        for key in unknown[:MAX_NAMED]:
            self.findings.warn(f"{line(key)[:_SHOWN]}: unknown, left out")
        if len(unknown) > MAX_NAMED:
            self.findings.warn(f"{len(unknown) - MAX_NAMED} more unknown keys, left out")


def whole_number(value: object) -> int | None:
    """Return a JSON value as a whole number from 0 to what Redis scripts hold exactly; None when it is none."""
    if isinstance(value, str) and _WHOLE.match(value):
        value = int(value)
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_NUMBER:
        return value
    return None


def moment_of(value: object) -> datetime | str:
    """Return a date and time with its zone, or what is wrong with `value`.

    Digits are refused on purpose: nobody can say whether they count seconds or milliseconds.
    """
    advice = 'write it with its zone, such as "2026-11-23T09:30:00+01:00"'
    if not isinstance(value, str) or not _DATE.match(value.strip()):
        return f"{described(value)} is no date and time; {advice}"
    try:
        found = datetime.fromisoformat(value.strip().replace(" ", "T", 1))
        found.astimezone(UTC)  # the year 1 in Tokyo is before all of Python's time
    except (ValueError, OverflowError):
        return f"{described(value)} is no date and time; {advice}"
    if found.utcoffset() is None:
        return f"{described(value)} has no zone; {advice}"
    return found


def in_zone_utc(value: object) -> datetime | None:
    """Return a date and time that means UTC and does not say so; None when it is none (`0000-00-00 …`)."""
    if not isinstance(value, str) or not _DATE.match(value):
        return None
    try:
        found = datetime.fromisoformat(value.strip().replace(" ", "T", 1))
        return found.replace(tzinfo=UTC) if found.utcoffset() is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def described(value: object) -> str:
    """Return a JSON value as messages show it."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case dict():
            return "an object"
        case list():
            return "a list"
        case str():
            shown = line(value[: _SHOWN * 2])
            if "@" in shown:  # messages go to logs and timelines; an address of the staff is nobody's business there
                shown = _MAIL.sub("…@…", shown)
            return f'"{shown[:_SHOWN]}{"…" if len(value) > _SHOWN else ""}"'
        case int() if abs(value) > LARGEST_SHOWN:
            return "a number of very many digits"
        case _:
            return str(value)[:_SHOWN]


def numbered(items: Sequence[object], name: str) -> Iterator[tuple[str, object]]:
    """Yield each item with its name, such as `authors.0`."""
    for i, item in enumerate(items):
        yield f"{name}.{i}", item
