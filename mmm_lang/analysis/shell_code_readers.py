"""Who reads an argument or an input as code: there a value is data for the shell and code for the program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mmm_lang.analysis.shell_quoting import Heredoc
from mmm_lang.analysis.shell_tree import ScriptTree, chain

if TYPE_CHECKING:
    from tree_sitter import Node

_SHELLS = re.compile(rb"(?:.*/)?(sh|dash|ash|bash|zsh|ksh|mksh|fish)")
_INTERPRETERS = re.compile(rb"(?:.*/)?(python[0-9.]*|node|deno|perl|ruby|php|osascript)")
_SHELL_FLAG = re.compile(rb"-[a-zA-Z]*c")
_INTERPRETER_FLAG = re.compile(rb"-[a-zA-Z]*[cepr]|--eval|--print")


def reader_of_argument(tree: ScriptTree, command: Node, start: int) -> str | None:
    """The program that reads the argument at ``start`` as code, by name; ``None`` where none does.

    Only the argument after ``-c`` is code: what follows it is ``$1`` and so on, which is safe.
    """
    words = [node for node in command.children if node.is_named and node.type != "variable_assignment"]
    index = next((at for at, node in enumerate(words) if node.start_byte <= start < node.end_byte), None)
    if not index:
        return None
    texts = [tree.text(node).strip(b"'\"") for node in words]
    name = texts[0].rpartition(b"/")[2]
    if name == b"eval" or (name == b"trap" and index == 1) or (name == b"ssh" and index > 1):
        return name.decode()
    flag = texts[index - 1]
    before = next((text for text in reversed(texts[: index - 1]) if not text.startswith(b"-")), b"")
    for programs, flags in ((_SHELLS, _SHELL_FLAG), (_INTERPRETERS, _INTERPRETER_FLAG)):
        program = programs.fullmatch(before)
        if program is not None and flags.fullmatch(flag) is not None:
            return program[1].decode()
    return None


def reader_of_input(tree: ScriptTree, heredoc: Heredoc) -> str | None:
    """The program that reads a here-document as code: a shell or an interpreter without a script."""
    at = len(tree.source[: heredoc.operator_start].rstrip())
    if at == 0:
        return None
    nodes = chain(tree.smallest(at - 1, at), at, at)
    command = next((node for node in nodes if node.type == "command"), None)
    if command is None:
        return None
    words = [tree.text(node) for node in command.children if node.type != "variable_assignment"]
    arguments = [word for word in words[1:] if word != b"-" and not word.startswith(b"-s")]
    program = _SHELLS.fullmatch(words[0]) or _INTERPRETERS.fullmatch(words[0])
    if program is not None and all(word.startswith(b"-") for word in arguments):
        return program[1].decode()
    return None
