"""The repository around a playbook."""

from __future__ import annotations

import pytest

from mmm_lang.agents.checkout import Checkout, argument_hint


@pytest.fixture
def checkout(tmp_path):
    commands = tmp_path / "repo" / ".claude" / "commands"
    (commands / "db").mkdir(parents=True)
    (commands / "release.md").write_text("---\nargument-hint: <version> [--dry-run]\n---\nRelease $1.\n")
    (commands / "db" / "check.md").write_text("Check it.\n")
    return Checkout(str(tmp_path / "repo"), str(tmp_path / "home"))


def test_commands(checkout):
    assert checkout.command_names() == ("db:check", "release")
    assert checkout.has_command("release")
    assert checkout.has_command("db:check")
    assert checkout.has_command("init")
    assert not checkout.has_command("relaese")


def test_what_a_file_says_of_its_arguments(checkout):
    release = checkout.command("release")
    assert (release.path, release.argument_hint) == (".claude/commands/release.md", "<version> [--dry-run]")
    assert checkout.command("db:check").argument_hint is None
    assert checkout.command("nobody") is None


def test_files(checkout):
    assert checkout.exists(".claude/commands/release.md")
    assert not checkout.exists("nothing")
    assert not checkout.exists("\0")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('---\nargument-hint: "[part]"\n---\n', "[part]"),
        ("---\ndescription: x\nargument-hint: [part]  \nmodel: y\n---\n", "[part]"),
        ("---\nargument-hint:\n---\n", None),
        ("argument-hint: x\n", None),
        ("---\nargument-hint: x\n", None),
        ("", None),
    ],
)
def test_hints(tmp_path, text, hint):
    path = tmp_path / "command.md"
    path.write_text(text)
    assert argument_hint(str(path)) == hint


def test_a_file_that_cannot_be_read_has_no_hint(tmp_path):
    assert argument_hint(str(tmp_path / "nothing.md")) is None
