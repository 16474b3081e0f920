"""When a quota is there again, read from what the agent says about it.

Seen in the wild: ``resets 3pm (Europe/Berlin)``, ``resets 10:30pm``, ``Resets Jul 11 at 12pm (Asia/Singapore)``,
``resets Jul 26, 5:59am``, ``usage limit reached|1749924000``, and times in ISO form.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

_EPOCH = re.compile(r"limit reached\|(\d{10,13})\b")
_ISO = re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)")
_CLOCK = re.compile(
    r"\bresets?\s+(?:at\s+|on\s+)?"
    r"(?:(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(?P<day>\d{1,2})(?:,|\s+at)?\s+)?"
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?\s*(?P<half>am|pm)?\b"
    r"(?:\s*\((?P<zone>[A-Za-z0-9_+/-]{1,60})\))?",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONGEST = 4000
"""Characters of a text that are looked at."""


def reset_time(text: str, said: datetime) -> str | None:
    """The moment at which ``text`` says that a quota is there again, ISO 8601 in UTC; ``None`` where it says none.

    ``said`` is when it was said (with its zone): a time of day without a date is the next one after it. A time without a
    zone is in the zone of ``said``.
    """
    text = text[:_LONGEST]
    if epoch := _EPOCH.search(text):
        return epoch_time(int(epoch[1]))
    if iso := _ISO.search(text):
        try:
            return _utc(datetime.fromisoformat(iso[0]))
        except ValueError:
            return None
    clock = _CLOCK.search(text)
    return None if clock is None else _from_clock(clock, said)


def epoch_time(stamp: float) -> str | None:
    """ISO 8601 in UTC of a Unix time in seconds, or in milliseconds where it is too large for seconds."""
    try:
        return _utc(datetime.fromtimestamp(stamp / 1000 if stamp > 1e11 else stamp, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def epoch_of(moment: str | None) -> float | None:
    """The Unix time in seconds of a moment in ISO form, as `reset_time` gives it; ``None`` where it is none."""
    try:
        return None if moment is None else datetime.fromisoformat(moment).timestamp()
    except (ValueError, OverflowError):
        return None


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _from_clock(clock: re.Match[str], said: datetime) -> str | None:
    zone = _zone(clock["zone"], said)
    if zone is None or (clock["half"] is None and clock["minute"] is None):
        return None
    hour = int(clock["hour"])
    if clock["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if clock["half"].lower() == "pm" else 0)
    here = said.astimezone(zone)
    try:
        moment = here.replace(hour=hour, minute=int(clock["minute"] or 0), second=0, microsecond=0)
        if clock["month"]:
            month = _MONTHS.index(clock["month"].lower()) + 1
            moment = moment.replace(month=month, day=int(clock["day"]))
            if moment < here - timedelta(days=180):
                moment = moment.replace(year=moment.year + 1)
        elif moment <= here:
            moment += timedelta(days=1)
        return _utc(moment)
    except (ValueError, OverflowError):
        return None


def _zone(name: str | None, said: datetime) -> tzinfo | None:
    if name is None:
        return said.tzinfo
    from zoneinfo import ZoneInfo  # only where a quota names its zone

    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # no such zone, or a system without the tables
        return None
