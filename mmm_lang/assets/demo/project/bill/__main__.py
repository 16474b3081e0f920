"""``python3 -m bill FILE [--people N]``: print a bill."""

import argparse
from pathlib import Path

from bill.lines import parse_bill, total
from bill.money import format_amount, split


def main():
    parser = argparse.ArgumentParser(prog="bill", description="Add up a bill and split it.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--people", type=int, default=1)
    arguments = parser.parse_args()

    items = parse_bill(arguments.file.read_text(encoding="utf-8"))
    for item in items:
        print(f"{f'{item.count} x {item.name}':<14}{format_amount(item.count * item.price):>9}")
    print(f"{'total':<14}{format_amount(total(items)):>9}")
    if arguments.people > 1:
        shares = "  ".join(format_amount(share) for share in split(total(items), arguments.people))
        print(f"each of {arguments.people}:  {shares}")


if __name__ == "__main__":
    main()
