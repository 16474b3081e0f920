"""The lines of a bill: ``3 x coffee @ 2.50``."""

import re
from collections import namedtuple

from bill.money import parse_amount

Item = namedtuple("Item", "count name price")

_LINE = re.compile(r"(\d+) x (.+) @ ([\d.]+)")


def parse_line(line):
    """The item of one line; ``ValueError`` where the line is not one."""
    match = _LINE.fullmatch(line.strip())
    if match is None:
        raise ValueError(f"not a line of a bill: {line!r}")
    count, name, price = match.groups()
    return Item(int(count), name, parse_amount(price))


def parse_bill(text):
    """The items of a whole bill, in order. Lines that start with ``#`` are remarks."""
    return [parse_line(line) for line in text.splitlines() if not line.startswith("#")]


def total(items):
    """What all items cost together, in cents."""
    return sum(item.count * item.price for item in items)
