"""The words for what a plan holds: drawings and tables say the same thing in the same way.

Texts of the playbook are somebody else's: what could disturb a terminal is escaped here, once.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator

from mmm_lang.diagnostics.display import visible
from mmm_lang.plan import ir
from mmm_lang.plan.bounds import DEFAULT_ITERATIONS, Bound
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.lowering import holes_of, holes_of_action

_COUNTABLE = 10**12
"""Above it, a number is said by its power of ten."""

_SET_BY_COMMITS = ("spec", "spec_id")


# --- figures ---


def number(value: int) -> str:
    """`12`, `1,000`, `10^15`."""
    return f"{value:,}" if value < _COUNTABLE else f"10^{math.floor(math.log10(value))}"


def plural(value: int, noun: str) -> str:
    """`1 round`, `2 rounds`."""
    return f"{number(value)} {noun}{'' if value == 1 else 's'}"


def money(cost: float) -> str:
    """US dollars: `$2.50`, and with more places where cents would hide it."""
    return f"${cost:,.2f}" if cost >= 0.1 or cost == 0 else f"${cost:.4f}".rstrip("0")


def duration(seconds: float) -> str:
    """`0.5 s`, `90 s` as `1 min 30 s`, `2 h 10 min`; exact to the second."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:g} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((number(hours), "h", hours), (str(minutes), "min", minutes), (str(rest), "s", rest))
    return " ".join(f"{shown} {unit}" for shown, unit, value in parts if value)


def bound(most: Bound) -> str:
    """`6 agent calls and 4 shell runs, $15.00, 4 h 30 min`; an open end is left out."""
    counted = f"{plural(most.agent_calls, 'agent call')} and {plural(most.shell_runs, 'shell run')}"
    cost = money(most.cost_usd) if most.cost_usd is not None and most.agent_calls else None
    time = duration(most.seconds) if most.seconds else None
    return ", ".join(part for part in (counted, cost, time) if part)


def limits(most: ir.Limits) -> str:
    """`40 agent calls, $20.00, 3 h`; empty where there is no limit."""
    calls = plural(most.agent_calls, "agent call") if most.agent_calls is not None else None
    cost = money(most.cost_usd) if most.cost_usd is not None else None
    time = duration(most.duration) if most.duration is not None else None
    return ", ".join(part for part in (calls, cost, time) if part)


def iterations(header: ir.Header) -> str:
    """How often the steps run at most, and who says so."""
    if header.max_iterations is not None:
        return f"up to {plural(header.max_iterations, 'iteration')}"
    return f"up to {DEFAULT_ITERATIONS} iterations (with --map or --args, 1 an item)"


# --- references and conditions, as one would write them ---


def reference(hole: ir.Hole) -> str:
    """A hole as a playbook has it: `${coverage.spec:-none | tail(5)}`."""
    default = f":-{hole.default}" if hole.default is not None else ""
    filters = "".join(
        f" | {one.name}" + (f"({one.argument})" if one.argument is not None else "") for one in hole.filters
    )
    return visible(f"${{{hole.written}{default}{filters}}}")


def template(text: ir.Template) -> str:
    """A template on one line."""
    return "".join(visible(part) if isinstance(part, str) else reference(part) for part in text.parts)


def condition(expression: ir.Expression) -> str:
    """A condition as a playbook has it, with brackets only where it needs them."""
    match expression:
        case ir.Constant(value=bool(value)):
            return "true" if value else "false"
        case ir.Constant(value=str(value)):
            return visible(json.dumps(value, ensure_ascii=False))
        case ir.Constant(value=value):
            return f"{value:g}" if value == float(f"{value:g}") else repr(value)
        case ir.Operand(hole=hole):
            return reference(hole)
        case ir.Not(operand=operand):
            return f"!{_bracketed(operand, ir.Both, ir.Comparison, ir.Membership)}"
        case ir.Both(operator=operator, left=left, right=right):
            weaker = ir.Both if operator == "&&" else ()
            return f"{_side(left, operator)} {operator} {_bracketed(right, *_classes(weaker), ir.Both)}"
        case ir.Comparison(operator="matches", left=left, right=ir.Constant(value=str(pattern))):
            return f"{_operand(left)} matches /{visible(pattern)}/"
        case ir.Comparison(operator=relation, left=left, right=right):
            return f"{_operand(left)} {relation} {_operand(right)}"
        case ir.Membership(left=left, choices=choices):
            return f"{_operand(left)} in [{', '.join(condition(choice) for choice in choices)}]"
