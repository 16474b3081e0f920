"""Durations: seconds as a number, or hours, minutes and seconds such as ``1h30m``."""

from __future__ import annotations

import math
import re

from mmm_lang.syntax.core_schema import resolve
from mmm_lang.syntax.yaml_nodes import Scalar

FORMS = "write seconds as a number, or `90s`, `10m`, `2h`, `1h30m`"
"""The forms of a duration, as advice."""

_DURATION = re.compile(
    r"(?=[0-9])(?:(?P<h>[0-9]+(?:\.[0-9]+)?)h)?(?:(?P<m>[0-9]+(?:\.[0-9]+)?)m)?(?:(?P<s>[0-9]+(?:\.[0-9]+)?)s)?\Z"
)
_SPOKEN = r"(?i:(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>s|sec|second|m|min|minute|h|hr|hour)?s?)"
_LONGEST = 40
"""Code points of a duration."""


def seconds_of(scalar: Scalar) -> float | None:
    """A duration in seconds; ``None`` for any other text."""
    value = resolve(scalar)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value) if math.isfinite(value) and value >= 0 else None
    written = _DURATION.match(scalar.value) if len(scalar.value) < _LONGEST else None
    if written is None:
        return None
    return sum(float(written[unit] or 0) * seconds for unit, seconds in (("h", 3600), ("m", 60), ("s", 1)))


def meant_by(text: str) -> str | None:
    """How we write what people write elsewhere: ``10 minutes`` is ``10m``; ``None`` where it is not clear."""
    spoken = re.fullmatch(_SPOKEN, text.strip()) if len(text) < _LONGEST else None
    if spoken is None:
        return None
    unit = spoken["unit"]
    return spoken["number"] + (unit[0].lower() if unit else "s")
