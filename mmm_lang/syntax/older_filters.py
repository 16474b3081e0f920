"""Filters and sort keys of the older map and reduce dialect, as the conditions and sort keys of today.

There a filter names the fields of an item without a mark (``score >= 5``, ``item.score >= 5``), and a sort key says its
direction in a word (``priority DESC``). What is written instead is computed here, text to text, together with the place
that every character comes from, so that all diagnostics point into the text as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mmm_lang.record import define, field, frozen

_TOKEN = re.compile(
    r"""
    (?P<blank> \s+ )
  | (?P<reference> \$\{[^}]*\} | \$<[^<>]*> | \$[A-Za-z_]\w* )
  | (?P<string> '[^']*' | "[^"]*" )
  | (?P<pattern> /(?:\\.|[^/\\\n])+/ )
  | (?P<number> -?\d+(?:\.\d+)?(?![\w.]) )
  | (?P<logical> && | \|\| )
  | (?P<compare> [=!<>]= | [=<>] )
  | (?P<sign> [!()\[\],] )
  | (?P<word> [A-Za-z_][\w-]* (?: \.[\w-]+ | \[\d+\] )* )
    """,
    re.VERBOSE,
)
_LOGICAL = {"and": "&&", "or": "||"}
_INDEX = re.compile(r"\[(\d+)\]")
_PATH = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+|\[\d+\])*")
_BY_COMMAND = "let the command that makes the items leave out the others, as in `jq '[.[] | select(…)]'`"


@frozen
class Refused:
    """Why a text has no counterpart; ``start`` and ``end`` are indexes of it, ``advice`` what to write."""

    message: str
    start: int
    end: int
    advice: str


@define
class Rewritten:
    """A text of today: ``text``, and for every character of it, and for its end, the index in the older text that it
    comes from."""

    text: str = ""
    origins: list[int] = field(factory=list)

    def add(self, text: str, start: int, end: int, copied: int | None = None) -> None:
        """Append what is written for ``[start, end)``; from the index ``copied`` of it on, it is what stood there,
        sign by sign."""
        for index in range(len(text)):
            at = start if copied is None or index < copied else start + index - copied
            self.origins.append(min(at, end))
        self.text += text

    def closed(self, end: int) -> Rewritten:
        """The same with the place of its end."""
        return Rewritten(self.text, [*self.origins, end])


@frozen
class _Token:
    kind: str
    text: str
    start: int
    end: int


def item_path(path: str) -> str:
    """``score``, ``item.score`` and ``tags[0]`` as ``item.score`` and ``item.tags.0``."""
    dotted = _INDEX.sub(r".\1", path)
    return dotted if dotted == "item" or dotted.startswith("item.") else f"item.{dotted}"


# --- filters ---


def rewritten_filter(text: str) -> Rewritten | Refused:
    """An older filter as a condition. One that is a condition of today already stays as it is."""
    tokens = list(_tokens(text))
    if any(token.kind == "reference" for token in tokens) or all(token.kind != "word" for token in tokens):
        return Rewritten(text, list(range(len(text) + 1)))
    wrong = next((token for token in tokens if token.kind == "unknown"), None)
    if wrong is not None:
        return Refused(f"`{wrong.text}` means nothing in a filter", wrong.start, wrong.end, _example())
    refused = _call_in(tokens) or _wide_negation(tokens)
    if refused is not None:
        return refused
    found = Rewritten()
    end = 0
    previous: _Token | None = None
    for token in tokens:
        if end < token.start:
            found.add(text[end : token.start], end, token.start, 0)
        refused = _written(token, previous, found)
        if refused is not None:
            return refused
        end, previous = token.end, token
    found.add(text[end:], end, len(text), 0)
    return found.closed(len(text))


def _tokens(text: str) -> Iterator[_Token]:
    """All that is no blank."""
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            yield _Token("unknown", text[at], at, at + 1)
            at += 1
            continue
        kind = match.lastgroup or ""
        if kind == "word" and match[0].casefold() in _LOGICAL:
            kind = "logical"
        elif kind == "word" and match[0] in ("in", "matches"):
            kind = "operator"
        if kind != "blank":
            yield _Token(kind, match[0], *match.span())
        at = match.end()


def _written(token: _Token, previous: _Token | None, found: Rewritten) -> Refused | None:
    """Append what is written today for a token; what stands before it says whether it is a field or a value."""
    text, start, end = token.text, token.start, token.end
    is_value = previous is not None and (
        previous.kind in ("compare", "operator") or previous.text in ("[", ",")
    )
    if token.kind == "logical":
        found.add(_LOGICAL.get(text.casefold(), text), start, end, 0)
    elif token.kind == "compare":
        found.add("==" if text == "=" else text, start, end, 0)
    elif token.kind == "string" and previous is not None and previous.text == "matches":
        pattern = text[1:-1].replace("\\/", "/").replace("/", "\\/")
        if not pattern:
            return Refused("the pattern is empty", start, end, "write a pattern, such as `/\\.rs$/`")
        found.add(f"/{pattern}/", start, end, 0)
    elif token.kind == "string":
        found.add(_string(text), start, end, 0)
    elif token.kind != "word" or text in ("true", "false"):
        found.add(text, start, end, 0)
    elif text == "null":
        return _null(token)
    elif is_value and not _INDEX.search(text) and "." not in text:
        found.add(f'"{text}"', start, end, 1)
    elif is_value:
        advice = f'write `${{{item_path(text)}}}` for the field, or `"{text}"` for the text'
        return Refused(f"an older filter compares with the text `{text}` here", start, end, advice)
    else:
        path = item_path(text)
        prefix = len(path) - len(text) if path.endswith(text) else 0
        found.add("${" + path + "}", start, end, 2 + prefix)
    return None


def _string(text: str) -> str:
    """Text in quotes, in which a backslash and a ``$`` were plain signs."""
    inner = text[1:-1].replace("\\", "\\\\").replace("$", "\\$").replace("\n", "\\n")
    return f"{text[0]}{inner}{text[-1]}"


def _null(token: _Token) -> Refused:
    advice = 'a field that is missing or null is empty text: write `${item.name:-} == ""`'
    return Refused("there is no `null` in a condition", token.start, token.end, advice)


def _call_in(tokens: Sequence[_Token]) -> Refused | None:
    """The first call of a function."""
    for index, token in enumerate(tokens[:-1]):
        following = tokens[index + 1]
        if token.kind in ("word", "operator") and token.text != "in" and following.text == "(":
            end = next((one.end for one in tokens[index:] if one.text == ")"), following.end)
            arguments = [one for one in tokens[index + 2 :] if one.text not in (",", ")")][:2]
            return Refused(
                f"there are no functions in a condition: `{token.text}(…)`",
                token.start,
                end,
                _instead_of_call(token.text, arguments),
            )
    return None


def _instead_of_call(name: str, arguments: Sequence[_Token]) -> str:
    if not arguments or arguments[0].kind != "word":
        return _BY_COMMAND
    field = "${" + item_path(arguments[0].text) + "}"
    if name == "is_null":
        return f'write `${{{item_path(arguments[0].text)}:-}} == ""`'
    if name == "is_not_null":
        return f'write `${{{item_path(arguments[0].text)}:-}} != ""`'
    value = arguments[1].text.strip("'\"") if len(arguments) > 1 else ""
    plain = re.escape(value).replace("/", "\\/")
    pattern = {
        "contains": plain,
        "starts_with": f"^{plain}",
        "ends_with": f"{plain}$",
        "matches": value.replace("/", "\\/"),
    }.get(name)
    return f"write `{field} matches /{pattern}/`" if pattern and value else _BY_COMMAND


def _wide_negation(tokens: Sequence[_Token]) -> Refused | None:
    """A ``!`` at the head of several conditions: it negated all of them, and negates the first alone today."""
    groups: list[_Token | None] = [None]
    is_head = True
    for token in tokens:
        if token.text == "!" and is_head:
            groups[-1] = token
        elif token.text == "(":
            groups.append(None)
        elif token.text == ")" and len(groups) > 1:
            groups.pop()
        elif token.kind == "logical" and groups[-1] is not None:
            sign = groups[-1]
            return Refused(
                "`!` negated all that follows in an older filter, and negates one condition today",
                sign.start,
                sign.end,
                "write parentheses around what it is for: `!(…)`, and around that again",
            )
        is_head = token.text == "("
    return None


def _example() -> str:
    return "write a condition, such as `${item.score} >= 5`"


# --- sort keys ---


def rewritten_sort(text: str) -> tuple[str, ...] | Refused:
    """``priority DESC, name`` as ``-item.priority`` and ``item.name``; keys of today stay as they are."""
    found = []
    at = 0
    for part in text.split(","):
        start = at + len(part) - len(part.lstrip())
        end = at + len(part.rstrip())
        at += len(part) + 1
        words = part.split()
        if not words:
            continue
        key = _sort_key(words)
        if isinstance(key, str):
            return Refused(
                key, start, end, "write `item.priority`, or `-item.priority` for the greatest first"
            )
        found.append(f"{'-' * key[1]}{key[0]}")
    if not found:
        return Refused("`sort_by` is empty", 0, len(text), "write `-item.priority`, or remove the key")
    return tuple(found)


def _sort_key(words: Sequence[str]) -> tuple[str, bool] | str:
    """The path and whether it is descending; or what is wrong."""
    path, *rest = words
    descending = path.startswith("-")
    path = path.removeprefix("-")
    upper = [word.upper() for word in rest]
    if upper[:1] in (["DESC"], ["DESCENDING"]):
        descending = True
        upper = upper[1:]
    elif upper[:1] in (["ASC"], ["ASCENDING"]):
        upper = upper[1:]
    if upper == ["NULLS", "FIRST"]:
        return "items without the value always come last"
    if not _PATH.fullmatch(path) or upper not in ([], ["NULLS", "LAST"]):
        return f"`{' '.join(words)}` is no key to sort by"
    return item_path(path), descending
