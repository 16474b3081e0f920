"""Figures that depend on how many files a glob will match: `3 + 7·|specs/*.md|`.

The width of a map is unknown until the files are there. What a playbook can do at most is then a sum of products: each
term a coefficient, beside the widths that it is multiplied with. Widths are natural numbers, so a figure that is larger
in every coefficient is larger whatever the widths are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from attrs import frozen

from mmm_lang.plan.bounds import Bound

Widths = tuple[str, ...]
"""The widths that a term is multiplied with, sorted; none for the constant."""


@frozen
class Figure:
    """A sum of products of widths. ``terms`` are sorted by their widths and have coefficients above zero."""

    terms: tuple[tuple[Widths, float], ...] = ()

    @staticmethod
    def of(constant: float) -> Figure:
        """A figure that depends on no width. ``constant`` is zero or more."""
        return _figure({(): constant})

    @staticmethod
    def width(name: str) -> Figure:
        """How many items ``name`` has."""
        return _figure({(name,): 1})

    def __add__(self, other: Figure) -> Figure:
        sums = dict(self.terms)
        for widths, coefficient in other.terms:
            sums[widths] = sums.get(widths, 0) + coefficient
        return _figure(sums)

    def __mul__(self, other: Figure) -> Figure:
        products: dict[Widths, float] = {}
        for mine, coefficient in self.terms:
            for theirs, factor in other.terms:
                widths = tuple(sorted((*mine, *theirs)))
                products[widths] = products.get(widths, 0) + coefficient * factor
        return _figure(products)

    def or_else(self, other: Figure) -> Figure:
        """The least figure of this shape that neither of the two is above, whatever the widths are."""
        larger = dict(self.terms)
        for widths, coefficient in other.terms:
            larger[widths] = max(larger.get(widths, 0), coefficient)
        return _figure(larger)

    @property
    def constant(self) -> float | None:
        """The number that it is whatever the widths are; ``None`` where it depends on one."""
        return sum(factor for _, factor in self.terms) if all(not names for names, _ in self.terms) else None

    def at(self, widths: Mapping[str, int]) -> float:
        """The number that it is for these widths. Raises `KeyError` where one of them is missing."""
        return sum(
            coefficient * math.prod(widths[name] for name in names) for names, coefficient in self.terms
        )

    def written(self, coefficient: Callable[[float], str]) -> str:
        """`3 + 7·|specs/*.md|`; ``coefficient`` writes a number. A `1` before a width is left out, and what has blanks
        is put in brackets there."""
        return " + ".join(_term(coefficient(factor), widths) for widths, factor in self.terms) or coefficient(
            0
        )


@frozen
class WideBound:
    """The most that something can do, by the widths that it depends on; cost and time are ``None`` where nothing caps
    them."""

    agent_calls: Figure
    shell_runs: Figure
    cost_usd: Figure | None
    seconds: Figure | None

    @staticmethod
    def of(bound: Bound, times: Figure) -> WideBound:
        """A bound, that often."""
        return WideBound(
            Figure.of(bound.agent_calls) * times,
            Figure.of(bound.shell_runs) * times,
            None if bound.cost_usd is None else Figure.of(bound.cost_usd) * times,
            None if bound.seconds is None else Figure.of(bound.seconds) * times,
        )

    def __add__(self, other: WideBound) -> WideBound:
        return WideBound(
            self.agent_calls + other.agent_calls,
            self.shell_runs + other.shell_runs,
            _sum(self.cost_usd, other.cost_usd),
            _sum(self.seconds, other.seconds),
        )

    def at(self, widths: Mapping[str, int]) -> Bound:
        """The bound for these widths. Raises `KeyError` where one of them is missing."""
        return Bound(
            round(self.agent_calls.at(widths)),
            round(self.shell_runs.at(widths)),
            None if self.cost_usd is None else self.cost_usd.at(widths),
            None if self.seconds is None else self.seconds.at(widths),
        )


def _sum(one: Figure | None, other: Figure | None) -> Figure | None:
    return None if one is None or other is None else one + other


def _term(coefficient: str, widths: Widths) -> str:
    shown = f"({coefficient})" if widths and " " in coefficient else coefficient
    factors = [] if widths and shown == "1" else [shown]
    return "·".join((*factors, *(f"|{name}|" for name in widths)))


def _figure(terms: Mapping[Widths, float]) -> Figure:
    return Figure(tuple(sorted((widths, factor) for widths, factor in terms.items() if factor)))
