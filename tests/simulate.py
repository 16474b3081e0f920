"""Simulated sessions that are killed and resumed, as many as one likes: `python -m tests.simulate --seeds 1000`."""

from __future__ import annotations

import argparse
import sys
import time

from tests.support.stories import Story


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many sessions")
    parser.add_argument("--first", type=int, default=None, help="the first seed (default: by the clock)")
    arguments = parser.parse_args()
    first = arguments.first if arguments.first is not None else int(time.time()) * 1000
    failed = 0
    for seed in range(first, first + arguments.seeds):
        try:
            wrong = Story(seed).told()
        except Exception as error:
            wrong = [f"{type(error).__name__}: {error}"]
        if wrong:
            failed += 1
            print(f"seed {seed}: {wrong[0][:2000]}")
            print(f"  again: python -m tests.simulate --seeds 1 --first {seed}", flush=True)
    print(f"{arguments.seeds} sessions from seed {first}, {failed} of them wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
