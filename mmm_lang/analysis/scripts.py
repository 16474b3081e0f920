"""The simple commands of a shell script, read roughly and without a grammar.

Rules that look for a few well-known commands need no more, and the shell's grammar costs 50 ms to load. What this
reader is not sure of (compound commands, functions, here-documents) it says: `Script.is_plain`. It never raises.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

_OPERATORS = ("&&", "||", ";;", "|&", ";", "|", "&", "\n")
_COMPOUND = frozenset(
    ("if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac", "select",
     "function", "{", "}", "!", "[[", "((")
)  # fmt: skip
_BLANK = " \t"
_DEEPEST = 30
"""Quotes in substitutions in quotes that are followed; past this a place is guessed."""
_ENDS_WORD = frozenset(" \t\n;&|()<>")


class Word(NamedTuple):
    """A word without its quotes, and the index of its first character in the script."""

    text: str
    start: int


class Command(NamedTuple):
    """A simple command. ``words`` are without assignments and redirections; ``operator`` is what follows it (empty
    at the end); ``is_redirected``: its streams go elsewhere; ``substitutes``: a word holds ``$( )`` or backticks."""

    words: tuple[Word, ...]
    start: int
    end: int
    operator: str
    is_redirected: bool = False
    substitutes: bool = False

    @property
    def name(self) -> str:
        """Its first word; empty where it only assigns."""
        return self.words[0].text if self.words else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words after its name."""
        return tuple(word.text for word in self.words[1:])


class Script(NamedTuple):
    """The commands of a script in order. ``is_plain``: it is a list of simple commands and nothing else, so that
    they all stand at its top."""

    commands: tuple[Command, ...]
    is_plain: bool


@lru_cache(maxsize=1024)
def read_script(text: str) -> Script:
    """The commands of a script. Several rules read each, so what was read is kept for a while."""
    return _Reader(text).script()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.is_plain = True
        self.depth = 0
        self.heredocs: list[str] = []
        self.commands: list[Command] = []

    def script(self) -> Script:
        while self.at < len(self.text):
            before = self.at
            self._command()
            self.at = max(self.at, before + 1)
        return Script(tuple(self.commands), self.is_plain)

    def _command(self) -> None:
        """One simple command and the operator after it."""
        text, words = self.text, list[Word]()
        redirected = substitutes = False
        self._skip_blanks()
        start = end = self.at
        operator = ""
        while self.at < len(text):
            found = next((one for one in _OPERATORS if text.startswith(one, self.at)), None)
            if found is not None and not text.startswith(("&>", ">&", "<&"), self.at):
                operator = found
                self.at += len(found)
                break
            character = text[self.at]
            if character == "#":
                self._skip_comment()
            elif character in "()":
                self.is_plain = False
                self.at += 1
                if words:
                    break
            elif character in "<>" or text.startswith("&>", self.at):
                redirected = True
                self._redirection(words)
                end = self.at
            else:
                word_start = self.at
                written, computed = self._word()
                substitutes = substitutes or computed
                end = self.at
                if not words and written in _COMPOUND:
                    self.is_plain = False
                elif words or not _is_assignment(written):
                    words.append(Word(written, word_start))
            self._skip_blanks()
        if words or redirected:
            first = words[0].start if words else start
            last = max(first, min(end, len(text)))
            self.commands.append(Command(tuple(words), first, last, operator, redirected, substitutes))
        if operator == "\n":
            self._skip_heredocs()

    def _word(self) -> tuple[str, bool]:
        """A word without its quotes, and whether a command computes a part of it."""
        text, parts, computes = self.text, list[str](), False
        while self.at < len(text) and text[self.at] not in _ENDS_WORD:
            character = text[self.at]
            if character == "\\":
                parts.append(text[self.at + 1 : self.at + 2].replace("\n", ""))
                self.at += 2
            elif character == "'":
                end = _index(text, "'", self.at + 1)
                parts.append(text[self.at + 1 : end])
                self.at = end + 1
            elif character == '"':
                inner, inside = self._double_quoted()
                parts.append(inner)
                computes = computes or inside
            elif character == "`" or text.startswith("$(", self.at):
                computes = True
                parts.append(self._nested())
            elif text.startswith("${", self.at):
                end = _index(text, "}", self.at)
                parts.append(text[self.at : end + 1])
                self.at = end + 1
            else:
                parts.append(character)
                self.at += 1
        return "".join(parts), computes

    def _double_quoted(self) -> tuple[str, bool]:
        text, parts, computes = self.text, list[str](), False
        self.at += 1
        while self.at < len(text) and text[self.at] != '"':
            if text[self.at] == "\\":
                parts.append(text[self.at : self.at + 2])
                self.at += 2
            elif text[self.at] == "`" or text.startswith("$(", self.at):
                computes = True
                parts.append(self._nested())
            else:
                parts.append(text[self.at])
                self.at += 1
        self.at += 1
        return "".join(parts), computes

    def _nested(self) -> str:
        """``$( … )`` or backticks, as they are written."""
        text, start = self.text, self.at
        if text[self.at] == "`":
            self.at = _index(text, "`", self.at + 1) + 1
            return text[start : self.at]
        depth = 0
        while self.at < len(text):
            character = text[self.at]
            if character == "\\":
                self.at += 1
            elif character == "'":
                self.at = _index(text, "'", self.at + 1)
            elif character == '"' and self.depth < _DEEPEST:
                self.depth += 1
                self._double_quoted()
                self.depth -= 1
                continue
            elif character == "(":
                depth += 1
            elif character == ")":
                depth -= 1
                if depth == 0:
                    self.at += 1
                    break
            self.at += 1
        return text[start : self.at]

    def _redirection(self, words: list[Word]) -> None:
        """``> file``, ``2>&1``, ``<<EOF``; a number just before it belongs to it."""
        text = self.text
        if words and words[-1].text.isdigit() and words[-1].start + len(words[-1].text) == self.at:
            words.pop()
        here = text.startswith("<<", self.at) and not text.startswith("<<<", self.at)
        while self.at < len(text) and text[self.at] in "<>&|-":
            self.at += 1
        self._skip_blanks()
        target, _ = self._word()
        if here:
            self.heredocs.append(target)

    def _skip_heredocs(self) -> None:
        for delimiter in self.heredocs:
            while self.at < len(self.text):
                end = _index(self.text, "\n", self.at)
                line = self.text[self.at : end]
                self.at = end + 1
                if line.strip("\t") == delimiter:
                    break
        self.heredocs.clear()

    def _skip_blanks(self) -> None:
        while self.at < len(self.text):
            if self.text[self.at] in _BLANK:
                self.at += 1
            elif self.text.startswith("\\\n", self.at):
                self.at += 2
            else:
                return

    def _skip_comment(self) -> None:
        self.at = _index(self.text, "\n", self.at)


def _index(text: str, sign: str, start: int) -> int:
    found = text.find(sign, start)
    return len(text) if found < 0 else found


def _is_assignment(word: str) -> bool:
    name, sign, _ = word.partition("=")
    return bool(sign) and name.isidentifier()


_INERT = frozenset({"echo", "printf", "true", "false", ":", "exit"})


def is_inert(text: str) -> bool:
    """Whether a script certainly does nothing but print and end."""
    if len(text) > 1000:
        return False
    script = read_script(text)
    return (
        script.is_plain
        and bool(script.commands)
        and all(
            command.name in _INERT
            and not command.is_redirected
            and not command.substitutes
            and command.operator in ("", ";", "\n", "&&", "||")
            for command in script.commands
        )
    )


def certain_exit_code(text: str) -> int | None:
    """The exit code of a script that always ends the same way: `true`, `echo …; exit 1`; ``None`` for any other."""
    if not is_inert(text):
        return None
    code, is_skipped = 0, False
    for command in read_script(text).commands:
        if not is_skipped:
            code = 1 if command.name == "false" else 0
            if command.name == "exit":
                first = (command.arguments or ("0",))[0]
                return int(first) % 256 if first.isdecimal() and len(first) < 6 else None
        is_skipped = (command.operator == "&&" and code != 0) or (command.operator == "||" and code == 0)
    return code
