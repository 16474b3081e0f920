"""Trees of plain values written as YAML in every way that a person might: the formatter's food.

Indentation, blanks, blank lines, comments, styles of text, brackets, anchors and the order of keys are drawn; what
the text says is not touched.
"""

from __future__ import annotations

import json
import re
from itertools import count

from attrs import define, field
from hypothesis import strategies as st

from tests.support.generate import playbook_trees

PLAIN = re.compile(r"[A-Za-z/$][\w ./$<>=!-]*(?<! )\Z")
NOT_TEXT = {"true", "false", "null", "True", "False", "Null", "yes", "no", "on", "off"}


@define
class Written:
    """A line, and how far right a comment may stand below it (``None``: there may be nothing at all)."""

    text: str
    comments_to: int | None = 20
    blanks: bool = True


@define(eq=False)
class Noise:
    draw: st.DrawFn
    shuffled: bool = False
    numbers: count = field(factory=count)
    comments: list[str] = field(factory=list)
    anchors: dict[str, str] = field(factory=dict)

    def chance(self, of=3):
        return self.draw(st.integers(0, of - 1)) == of - 1

    def between(self, least, most):
        return self.draw(st.integers(least, most))

    def comment(self):
        text = f"# {next(self.numbers)}: `'{{[|"
        self.comments.append(text)
        return text

    def gap(self, least=1):
        return " " * (self.between(least, 3) if self.chance(4) else least)

    # --- whole texts ---

    def text(self, tree):
        body = list(self.block(tree, 2 if self.chance(8) else 0))
        lines = []
        for line in body:
            lines.append(line.text)
            lines += self.rubbish(line)
        text = "\n".join(lines)
        head = "".join(f"{self.comment()}\n" + "\n" * self.between(0, 2) for _ in range(self.between(0, 1)))
        text = head + text
        if not self.chance(5):
            text += "\n" * (self.between(1, 3) if body[-1].blanks else 1)
        return text.replace("\n", "\r\n") if self.chance(6) else text

    def rubbish(self, line):
        """What may stand under a line without a meaning."""
        if line.comments_to is None or not self.chance(4):
            return
        for _ in range(self.between(1, 3)):
            if self.chance(2) and line.blanks:
                yield " " * self.between(0, 3) if line.comments_to == 20 else ""
            else:
                yield " " * self.between(0, line.comments_to) + self.comment() + self.gap(0)

    def block(self, value, column):
        return self.mapping(value, column) if isinstance(value, dict) else self.sequence(value, column)

    def mapping(self, tree, column):
        names = list(tree)
        if self.shuffled and self.chance(2):
            names = self.draw(st.permutations(names))
        for name in names:
            value = tree[name]
            key = f"{name}" if not self.chance(8) else f"'{name}'" if isinstance(name, str) else f"{name}"
            head = " " * column + key + (" " if self.chance(10) else "") + ":"
            yield from self.value(head, value, column, column + (0 if isinstance(value, list) else 1))

    def sequence(self, items, column):
        for item in items:
            head = " " * column + "-"
            if isinstance(item, (dict, list)) and item and not self.chance(6):
                blanks = self.gap()
                first, *rest = self.block(item, column + 1 + len(blanks))
                yield Written(head + blanks + first.text.lstrip(" "), first.comments_to, first.blanks)
                yield from rest
            else:
                yield from self.value(head, item, column, column + 1)

    def value(self, head, value, column, least):
        """A value behind a colon or a dash."""
        if isinstance(value, (dict, list)) and value and not (is_flat(value) and self.chance()):
            yield Written(head + self.trailing())
            yield from self.block(value, self.between(least, least + 3))
        elif isinstance(value, (dict, list)):
            lines = self.flow(value).split("\n")
            yield from self.lines(head + self.gap() + lines[0], lines[1:], column)
        elif isinstance(value, str):
            yield from self.string(head, value, column)
        else:
            yield Written(head + self.gap() + json.dumps(value) + self.trailing())

    def lines(self, first, others, column):
        """A value over several lines."""
        if not others:
            yield Written(first + self.trailing())
            return
        yield Written(first, None)
        for line in others[:-1]:
            yield Written(" " * self.between(column + 1, column + 5) + line, None)
        yield Written(" " * self.between(column + 1, column + 5) + others[-1] + self.trailing())

    def trailing(self):
        return self.gap() + self.comment() if self.chance(8) else self.gap(0)

    # --- brackets ---

    def flow(self, value):
        if isinstance(value, dict):
            pairs = [f"{name}:{self.gap()}{self.flow(inner)}" for name, inner in value.items()]
            return "{" + self.listed(pairs) + "}"
        if isinstance(value, list):
            return "[" + self.listed([self.flow(inner) for inner in value]) + "]"
        if isinstance(value, str):
            plain = PLAIN.match(value) and value not in NOT_TEXT and "$" not in value
            return value if plain and self.chance() else self.quoted(value)
        return json.dumps(value)

    def listed(self, parts):
        text = self.gap(0)
        for number, part in enumerate(parts):
            if number:
                text += self.gap(0) + "," + (self.gap() if not self.chance(6) else "\n")
            text += part
        return text + self.gap(0)

    # --- text ---

    def string(self, head, value, column):
        plain = PLAIN.match(value) and value not in NOT_TEXT
        style = self.draw(st.sampled_from(["quoted", "plain", "literal", "folded", "broken", "anchor"]))
        if style == "anchor" and value in self.anchors:
            yield Written(f"{head}{self.gap()}*{self.anchors[value]}{self.trailing()}")
        elif style == "anchor":
            name = f"a{next(self.numbers)}"
            self.anchors[value] = name
            yield Written(f"{head}{self.gap()}&{name}{self.gap()}{self.quoted(value)}{self.trailing()}")
        elif style in ("literal", "folded") and value and (style == "literal" or "\n" not in value):
            yield from self.block_scalar(head, value, column, style)
        elif style == "broken" and " " in value and "\n" not in value:
            yield from self.broken(head, value, column)
        elif style == "plain" and plain:
            yield Written(head + self.gap() + value + self.trailing())
        else:
            yield Written(head + self.gap() + self.quoted(value) + self.trailing())

    def quoted(self, value):
        if "\n" not in value and value.isprintable() and self.chance(2):
            return "'" + value.replace("'", "''") + "'"
        return json.dumps(value, ensure_ascii=self.chance(2))

    def broken(self, head, value, column):
        """A text in quotes over several lines."""
        words = json.dumps(value)[1:-1].split(" ")
        if "" in words:
            yield Written(f"{head} {json.dumps(value)}")
            return
        lines = ['"' + words[0], *words[1:-1], words[-1] + '"']
        yield from self.lines(f"{head}{self.gap()}{lines[0]}", lines[1:], column)

    def block_scalar(self, head, value, column, style):
        lines = value.split("\n")
        kept = value.endswith("\n")
        body = lines[:-1] if kept else lines
        needs_number = body[0].startswith(" ") or not body[0]
        width = self.between(1, 4)
        number = str(width) if needs_number or self.chance(4) else ""
        chomping = "" if kept else "-"
        if value.endswith("\n\n") or (kept and not value.strip("\n")):
            chomping = "+"
        sign = "|" if style == "literal" else ">"
        yield Written(f"{head}{self.gap()}{sign}{number}{chomping}{self.trailing()}", None)
        indent = " " * (column + width)
        texts = [indent + line if line or self.chance() else "" for line in body]
        for text in texts[:-1]:
            yield Written(text, None)
        yield Written(
            texts[-1], min(column, column + width - 1) if chomping != "+" else None, chomping != "+"
        )


def is_flat(value):
    """Whether a value is short enough for brackets."""
    inner = value.values() if isinstance(value, dict) else value
    return len(value) <= 4 and all(
        not isinstance(one, (dict, list)) or (is_flat(one) and len(one) < 3) for one in inner
    )


ENDINGS = (
    "\n", "\n\n", " && echo 'x'\n  deeper \n\nand on\n", "\n# no comment\n", " # no comment\n\t\n", "\n  \n", "\n \n\n",
    ' "q" \\ \'s\': - [x] {y}', "\n   \nfirst  ",
)  # fmt: skip
"""What makes the text of a prompt or script hard to keep."""


def with_longer_texts(draw, tree):
    """The tree with prompts and scripts of several lines."""
    if isinstance(tree, list):
        return [with_longer_texts(draw, one) for one in tree]
    if not isinstance(tree, dict):
        return tree
    found = {name: with_longer_texts(draw, value) for name, value in tree.items()}
    for name in ("claude", "shell"):
        if isinstance(found.get(name), str) and draw(st.integers(0, 2)) == 2:
            found[name] += draw(st.sampled_from(ENDINGS))
    return found


@st.composite
def noisy_playbooks(draw):
    """A valid playbook as plain values, as a text in some style, and the text's comments in order."""
    tree = with_longer_texts(draw, draw(playbook_trees()))
    noise = Noise(draw, shuffled=draw(st.booleans()))
    return tree, noise.text(tree), tuple(noise.comments)


OLDER_STEP_KEYS = (
    ("metadata", {"retries": 2}), ("metadata", {"timeout": 60, "owner": "me"}), ("metadata", {"continue_on_error": True}),
    ("metadata", {"env": {"OLD": "x y"}, "retries": 0}), ("metadata", {"commit_required": False, "note": "a\nb\n"}),
    ("options", {"fix": True, "deep": {"a": [1, 2]}}), ("options", {"area": "cli"}), ("metadata", {}),
)  # fmt: skip
CONFIGS = (
    {"max_iterations": 3, "continue_on_error": False, "environment": {"OLD": "1"}}, {"command_timeout": 300}, {"x": 1},
    {},
)  # fmt: skip


def with_older_keys(draw, tree):
    """The tree with keys of older dialects on some of its steps and in its header."""
    if isinstance(tree, list):
        return [with_older_keys(draw, one) for one in tree]
    if not isinstance(tree, dict):
        return tree
    found = {name: with_older_keys(draw, value) for name, value in tree.items()}
    if {"claude", "shell", "name"} & tree.keys() and "steps" not in tree and "commands" not in tree:
        found |= draw(st.lists(st.sampled_from(OLDER_STEP_KEYS), max_size=1))
        if "claude" in tree and draw(st.integers(0, 5)) == 5:
            found["args"] = ["--old"]
    return found


@st.composite
def older_playbooks(draw):
    """Like `noisy_playbooks`, in an older dialect."""
    tree = with_older_keys(draw, with_longer_texts(draw, draw(playbook_trees())))
    if isinstance(tree, dict) and draw(st.booleans()):
        tree = {"config": draw(st.sampled_from(CONFIGS)), **tree}
    noise = Noise(draw, shuffled=draw(st.booleans()))
    return tree, noise.text(tree), tuple(noise.comments)
