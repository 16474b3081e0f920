"""Did you mean …? The nearest known name to one that is not known.

Kinds of nearness, best first: the same name in other clothes (``onFailure``, ``ON-FAILURE`` and
``on_failure``), one slip of the fingers (optimal string alignment distance: a letter too many, missing,
wrong, or two swapped), a part of the name (``attempts`` for ``max_attempts``, ``desc`` for
``description``), more than the name (``step_id`` for ``id``), several slips. A wrong guess sends people
the wrong way, so short words must match almost exactly: ``uses`` is not ``steps``, ``then`` is not
``when``, ``cmd`` is not ``cwd``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from mmm_lang.record import define, frozen

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^A-Z\W_]+|[^\w]+|[A-Z]")
_LONGEST = 100
"""Names longer than this (code points) are compared for sameness only: the distance is quadratic."""


@frozen(order=True)
class _Nearness:
    """How near a candidate is: smaller is nearer."""

    kind: int
    distance: int
    unlike_start: int


_SAME, _SLIP, _PART, _MORE, _SLIPS = range(5)


_MOST_COMPARISONS = 50_000
"""What the guesses about one kind of mistake in one file may cost: about half a second."""


@define(eq=False)
class Guesses:
    """Guesses about many words. After `_MOST_COMPARISONS` there are no more: nobody reads the thousandth."""

    _left: int = _MOST_COMPARISONS

    def nearest(self, word: str, candidates: Callable[[], Iterable[str]]) -> str | None:
        """Like `nearest`; ``candidates`` is not asked in vain."""
        names = self._affordable(candidates)
        return nearest(word, names) if names is not None else None

    def nearest_all(self, word: str, candidates: Callable[[], Iterable[str]]) -> tuple[str, ...]:
        """Like `nearest_all`."""
        names = self._affordable(candidates)
        return nearest_all(word, names) if names is not None else ()

    def _affordable(self, candidates: Callable[[], Iterable[str]]) -> tuple[str, ...] | None:
        if self._left <= 0:
            return None
        names = tuple(candidates())
        self._left -= len(names)
        return names


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was most likely meant by ``word``, or ``None`` where none is near enough.

    Of several that contain the word equally well none is taken: a guess between equals is no help
    (`nearest_all` has them). The answer does not depend on the order of the candidates.
    """
    ranked = _ranked(word, candidates)
    if not ranked:
        return None
    best, name = ranked[0]
    if best.kind == _PART and len(ranked) > 1 and ranked[1][0].kind == _PART:
        return None
    return name


def nearest_all(word: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """Every candidate near enough to have been meant, the nearest first; empty where there is none."""
    return tuple(name for _, name in _ranked(word, candidates))


def _ranked(word: str, candidates: Iterable[str]) -> list[tuple[_Nearness, str]]:
    found: list[tuple[_Nearness, str]] = []
    for candidate in sorted(set(candidates) - {word}):
        nearness = _nearness(word, candidate)
        if nearness is not None:
            found.append((nearness, candidate))
    return sorted(found)


@lru_cache(maxsize=4096)  # the same slip is made again, and the candidates are a few names
def _nearness(word: str, candidate: str) -> _Nearness | None:
    mine, its = _folded(word), _folded(candidate)
    if not mine or not its:
        return None
    if mine == its:
        return _Nearness(_SAME, 0, 0)
    if max(len(mine), len(its)) > _LONGEST:
        return None
    unlike = len(its) - _common_start(mine, its)
    apart = abs(len(mine) - len(its))
    farthest = max(len(mine), len(its)) // 3
    distance = _alignment_distance(mine, its, max(farthest, 1)) if apart <= farthest else apart
    if (distance == 1 and _is_slip(mine, its, distance)) or _is_plural(mine, its):
        return _Nearness(_SLIP, distance, unlike)
    if _is_part(word, candidate):
        return _Nearness(_PART, distance, unlike)
    if _is_part(candidate, word):
        return _Nearness(_MORE, distance, unlike)
    if _is_slip(mine, its, distance):
        return _Nearness(_SLIPS, distance, unlike)
    return None


@lru_cache(maxsize=1024)
def _folded(name: str) -> str:
    """The name without what people get wrong without a slip: case, ``-``, ``_`` and blanks."""
    return re.sub(r"[-_\s]+", "", name).casefold()


def _is_slip(mine: str, its: str, distance: int) -> bool:
    """Whether so small a distance is more likely a slip than another word."""
    longer, shorter = max(len(mine), len(its)), min(len(mine), len(its))
    if distance > longer // 3 and not (distance == 1 and _is_swap(mine, its)):
        return False
    same_start = mine[0] == its[0] or (shorter > 1 and mine[:2] == its[1::-1])
    if distance > 1:
        return same_start
    substituted = len(mine) == len(its) and not _is_swap(mine, its)
    if not substituted:
        return True
    return longer > 5 or (longer > 3 and same_start)


def _is_swap(mine: str, its: str) -> bool:
    return len(mine) == len(its) and mine != its and sorted(mine) == sorted(its)


def _is_plural(mine: str, its: str) -> bool:
    """``retries`` for ``retry`` and the other way round; a plain ``s`` is a slip already."""
    return any(many.endswith("ies") and f"{many[:-3]}y" == one for many, one in ((mine, its), (its, mine)))


def _is_part(part: str, name: str) -> bool:
    """Whether ``part`` is the first or the last words of ``name``, all of them in another order, or its
    first letters."""
    short, long = _words(part), _words(name)
    if sorted(short) == sorted(long):
        return True
    letters = len("".join(short))
    if 0 < len(short) < len(long):
        if long[: len(short)] == short and letters >= 3:
            return True
        if long[-len(short) :] == short and letters >= 2:
            return True
    return letters >= 3 and len(long) >= len(short) and _folded(name).startswith(_folded(part))


@lru_cache(maxsize=1024)
def _words(name: str) -> tuple[str, ...]:
    """``maxAgent-calls`` → ``("max", "agent", "calls")``."""
    return tuple(part.casefold() for part in _WORD.findall(name) if part.strip("-_ "))


def _common_start(mine: str, its: str) -> int:
    count = 0
    for left, right in zip(mine, its, strict=False):
        if left != right:
            break
        count += 1
    return count


def _alignment_distance(mine: str, its: str, most: int) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours that lead from one to the other; counted to the end
    only where they are at most ``most``, else some number above it."""
    before: list[int] = []
    previous = list(range(len(its) + 1))
    for row, letter in enumerate(mine, start=1):
        current = [row]
        for column, other in enumerate(its, start=1):
            cost = min(
                previous[column] + 1,
                current[column - 1] + 1,
                previous[column - 1] + (letter != other),
            )
            if row > 1 and column > 1 and letter == its[column - 2] and mine[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > most and min(previous) > most:
            return most + 1
        before, previous = previous, current
    return previous[-1]
