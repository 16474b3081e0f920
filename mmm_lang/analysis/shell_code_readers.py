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


def reader_of_output(tree: ScriptTree, command: Node) -> str | None:
    """The program that reads as code what ``echo`` or ``printf`` hands to it: ``… | sh``, and ``… | xargs sh -c`` whose
    code is what comes in, by itself or in place of ``{}``."""
    words = _words(tree, command)
    following = command.next_named_sibling
    if words[:1] not in ([b"echo"], [b"printf"]) or following is None or command.parent is None:
        return None
    if command.parent.type != "pipeline" or following.type != "command":
        return None
    after = _words(tree, following)
    if after[:1] == [b"xargs"]:
        return _reader_by_xargs(after[1:])
    return _reader_of_stream(after)


def _reader_by_xargs(words: list[bytes]) -> str | None:
    """The shell that ``xargs`` starts with what comes in as its code."""
    for index, word in enumerate(words):
        program = _SHELLS.fullmatch(word)
        if program is None:
            continue
        options, arguments = words[:index], words[index + 1 :]
        if arguments[:1] == [] or _SHELL_FLAG.fullmatch(arguments[0]) is None:
            return None
        mark = next((_mark(options, at) for at in range(len(options)) if options[at][:2] == b"-I"), None)
        code = b"".join(arguments[1:2])
        is_code = mark in code if mark is not None else not code
        return program[1].decode() if is_code else None
    return None


def _mark(options: list[bytes], at: int) -> bytes:
    """What ``-I`` of ``xargs`` replaces: its rest, or the next word."""
    return options[at][2:] or next(iter(options[at + 1 : at + 2]), b"{}")


def reader_of_here_string(tree: ScriptTree, redirect: Node) -> str | None:
    """The program that reads ``<<< word`` as code."""
    around = redirect.parent
    if around is None:
        return None
    command = around if around.type == "command" else around.child_by_field_name("body")
    if command is None or command.type != "command":
        return None
    return _reader_of_stream(_words(tree, command))


_STARTERS = frozenset({b"sudo", b"exec", b"command", b"nohup", b"time", b"xargs", b"env", b"nice"})


def starts_argument(tree: ScriptTree, command: Node, start: int) -> bool:
    """Whether the argument at ``start`` is the name of the command that ``sudo``, ``xargs`` or the like starts."""
    words = [node for node in command.children if node.is_named and node.type != "variable_assignment"]
    if not words or tree.text(words[0]) not in _STARTERS:
        return False
    before = [tree.text(node) for node in words[1:] if node.end_byte <= start]
    return not before and any(node.start_byte == start for node in words[1:])


def _words(tree: ScriptTree, command: Node) -> list[bytes]:
    nodes = [
        node
        for node in command.children
        if node.is_named and node.type != "variable_assignment" and not node.type.endswith("redirect")
    ]
    return [tree.text(node).strip(b"'\"") for node in nodes]


def _reader_of_stream(words: list[bytes]) -> str | None:
    """The program of a command line that reads its script from its input."""
    if not words:
        return None
    arguments = [word for word in words[1:] if word != b"-" and not word.startswith(b"-s")]
    program = _SHELLS.fullmatch(words[0]) or _INTERPRETERS.fullmatch(words[0])
    if program is not None and all(word.startswith(b"-") for word in arguments):
        return None if any(_SHELL_FLAG.fullmatch(word) for word in arguments) else program[1].decode()
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
