"""Options of the whole suite."""

from __future__ import annotations


def pytest_addoption(parser):
    parser.addoption(
        "--bless",
        action="store_true",
        help="rewrite the .out files of tests/playbooks with what mmm prints now; read the difference",
    )
