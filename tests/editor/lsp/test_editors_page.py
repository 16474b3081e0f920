"""The settings on the page for editors: each starts a server that answers."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

from tests.editor.lsp.client import Client

PAGE = (Path(__file__).parents[3] / "docs" / "editors.md").read_text(encoding="utf-8")
TABLE = dict(re.findall(r"^\| ([a-z ,-]+) \| (.*) \|$", PAGE, re.MULTILINE))


def blocks(language):
    """The texts of the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def path(tmp_path):
    """A ``PATH`` on which there is an ``mmm``."""
    program = tmp_path / "bin" / "mmm"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mmm_lang "$@"\n')
    program.chmod(0o755)
    return str(program.parent)


def vs_code():
    (block,) = blocks("json")
    settings = json.loads(block)
    assert settings["glspc.server.languageId"] == ["yaml"]
    return [settings["glspc.server.command"], *settings["glspc.server.commandArguments"]]


def helix():
    (block,) = blocks("toml")
    settings = tomllib.loads(block)
    (language,) = settings["language"]
    server = settings["language-server"][language["language-servers"][0]]
    return [server["command"], *server["args"]]


def neovim():
    commands = {tuple(re.findall(r'"([^"]*)"', found)) for found in re.findall(r"cmd = \{(.*?)\}", PAGE)}
    (command,) = commands
    return list(command)


@pytest.mark.parametrize("command", [vs_code, helix, neovim])
def test_the_command_of_the_page_starts_a_server(tmp_path, path, command):
    program, *arguments = command()
    with Client(tmp_path, [f"{path}/{program}", *arguments]) as client:
        capabilities = client.initialize()
        assert client.diagnostics(client.open("- claude: x\n"), 1) == []
        assert client.leave() == 0
    named = {
        "completion": "completionProvider",
        "hover": "hoverProvider",
        "go to definition": "definitionProvider",
        "references, highlights": "documentHighlightProvider",
        "rename": "renameProvider",
        "outline, folding, selection": "foldingRangeProvider",
        "formatting": "documentFormattingProvider",
        "inlay hints": "inlayHintProvider",
        "semantic tokens": "semanticTokensProvider",
        "code actions": "codeActionProvider",
    }
    assert set(TABLE) == {*named, "diagnostics"}
    assert all(capabilities[provider] for provider in named.values())
