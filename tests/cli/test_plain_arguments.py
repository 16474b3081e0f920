"""What is read without argparse is what argparse would have read."""

from __future__ import annotations

from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.cli.arguments import parse_arguments
from mmm_lang.cli.plain_arguments import plain_arguments
from mmm_lang.cli.registry import COMMANDS, CommandGroup

EVERY_COMMAND = [
    part for one in COMMANDS for part in (one.commands if isinstance(one, CommandGroup) else [one])
]
MODULES = {one.name: import_module(one.module) for one in EVERY_COMMAND}

words = st.sampled_from(["a.yml", "examples", "-", "", "a b", "=", "check"])
switches = st.sampled_from(
    [
        "--no-shellcheck",
        "--pedantic",
        "--audit",
        "--watch",
        "--fix",
        "--unsafe-fixes",
        "--no-config",
        "--check",
    ]
)
others = st.sampled_from(
    [
        "--format",
        "--format=json",
        "json",
        "--diff",
        "--fi",
        "--",
        "-h",
        "--nonsense",
        "--color",
        "-1",
        "--max-calls",
        "3",
    ]
)


def by_argparse(name, arguments):
    try:
        return vars(parse_arguments(name, "", MODULES[name].configure, arguments))
    except SystemExit:
        return None


@pytest.mark.parametrize("name", ["check", "fmt"])
@given(arguments=st.lists(words | switches | others, max_size=5))
def test_it_reads_what_argparse_reads_or_nothing(name, arguments):
    plain = plain_arguments(MODULES[name].configure, arguments)
    if plain is not None:
        assert vars(plain) == by_argparse(name, arguments)


@pytest.mark.parametrize(
    "arguments", [[], ["a.yml"], ["a.yml", "b"], ["-"], ["--no-shellcheck", "a.yml"], ["a.yml", "--pedantic"]]
)
def test_the_everyday_calls_are_plain(arguments):
    plain = plain_arguments(MODULES["check"].configure, arguments)
    assert plain is not None
    assert vars(plain) == by_argparse("check", arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--format", "json"],
        ["--format=json"],
        ["--pedantic", "--audit"],
        ["--nonsense"],
        ["--", "a"],
    ],
)
def test_the_others_are_for_argparse(arguments):
    assert plain_arguments(MODULES["check"].configure, arguments) is None


@pytest.mark.parametrize("name", sorted(MODULES))
def test_every_command_can_be_asked(name):
    plain = plain_arguments(MODULES[name].configure, [])
    assert plain is None or vars(plain) == by_argparse(name, [])
