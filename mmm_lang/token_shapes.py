"""What tokens that give access look like: published shapes, precise enough that nothing else has them.

A shape is a beginning that its issuer chose so that scanners find it, and what may follow. Shapes without one (any 32
hexadecimal digits, any base64) are left out: they would find commit ids and checksums.

Libraries for this (detect-secrets and the like) read files line by line, with requests and a plug-in system behind
them. These shapes are matched inside the keeper, which has the standard library only, in streams that are cut anywhere.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

LONGEST: Final = 16 * 1024
"""Characters of the longest token that is known as one: a private key with 16,384 bits has less."""


class Shape:
    """One kind of token.

    ``title`` is what people read. ``begins`` are the literal beginnings, ``rest`` is the regular expression of what
    follows one. ``open`` matches a beginning of a ``rest`` that more text could continue or complete, and at least that:
    whatever of it is at the end of a text is undecided yet.
    """

    __slots__ = ("begins", "open", "rest", "title")

    def __init__(self, title: str, begins: tuple[str, ...], rest: str, open_: str) -> None:
        self.title = title
        self.begins = begins
        self.rest = rest
        self.open = open_


_WORD = "[A-Za-z0-9_-]"
_KEY = r"[A-Za-z0-9+/=\s\\:,.()-]"
"""What the body of a private key is made of: base64, its headers, line ends (written as `\\n` too)."""

SHAPES: Final = (
    Shape("an access key of AWS", ("AKIA", "ASIA"), "[0-9A-Z]{16}(?![0-9A-Za-z])", "[0-9A-Z]{0,16}"),
    Shape(
        "a token of GitHub",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
        "[A-Za-z0-9]{36,255}",
        "[A-Za-z0-9]{0,255}",
    ),
    Shape("a token of GitHub", ("github_pat_",), "[A-Za-z0-9_]{50,255}", "[A-Za-z0-9_]{0,255}"),
    Shape("a token of GitLab", ("glpat-",), f"{_WORD}{{20,255}}", f"{_WORD}{{0,255}}"),
    Shape(
        "a token of Slack",
        ("xoxa-", "xoxb-", "xoxe-", "xoxp-", "xoxr-", "xoxs-"),
        "[A-Za-z0-9-]{20,255}",
        "[A-Za-z0-9-]{0,255}",
    ),
    Shape("a key of Stripe", ("sk_live_", "rk_live_"), "[A-Za-z0-9]{20,255}", "[A-Za-z0-9]{0,255}"),
    Shape("a key of Google", ("AIza",), f"{_WORD}{{35}}(?!{_WORD})", f"{_WORD}{{0,35}}"),
    Shape("a key of Anthropic", ("sk-ant-",), f"{_WORD}{{24,255}}", f"{_WORD}{{0,255}}"),
    Shape(
        "a key of OpenAI",
        ("sk-proj-", "sk-svcacct-", "sk-admin-"),
        f"{_WORD}{{40,255}}",
        f"{_WORD}{{0,255}}",
    ),
    # the letters in its middle are `OpenAI` in base64: `task-` and `disk-` before a checksum are no keys
    Shape("a key of OpenAI", ("sk-",), "[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}", "[A-Za-z0-9]{0,48}"),
    Shape("a token of npm", ("npm_",), "[A-Za-z0-9]{36}(?![A-Za-z0-9])", "[A-Za-z0-9]{0,36}"),
    Shape("a token of PyPI", ("pypi-AgEI",), f"{_WORD}{{50,1000}}", f"{_WORD}{{0,1000}}"),
    Shape("a token of Hugging Face", ("hf_",), "[A-Za-z0-9]{34}(?![A-Za-z0-9])", "[A-Za-z0-9]{0,34}"),
    Shape(
        "a JSON web token",
        ("eyJ",),
        f"{_WORD}{{14,4000}}+\\.eyJ{_WORD}{{14,4000}}+\\.{_WORD}{{16,2000}}",
        f"{_WORD}{{0,4000}}+(?:\\.{_WORD}{{0,4003}}+(?:\\.{_WORD}{{0,2000}}+)?)?",
    ),
    Shape(
        "a private key",
        ("-----BEGIN ",),
        f"[A-Z0-9 ]{{0,20}}PRIVATE KEY(?: BLOCK)?-----(?={_KEY}{{0,200}}?[A-Za-z0-9+/]{{32}})"
        f"(?:{_KEY}{{32,15000}}?-----END [A-Z0-9 ]{{0,20}}PRIVATE KEY(?: BLOCK)?-----"
        r"|(?:(?:\s|\\[nr]){1,8}[A-Za-z0-9+/=]{16,100}){1,120})",
        f"(?:[A-Z0-9 ]{{0,40}}(?:-{{1,5}})?|[A-Z0-9 ]{{0,20}}PRIVATE KEY(?: BLOCK)?-----{_KEY}{{0,15100}})",
    ),
)
"""GitHub, GitLab, Slack, Stripe, … say themselves how their tokens begin. A token that goes on right behind another word
is found too: what stands before one may be an escape (`\\n`, `%20`, a colour) whose last letter looks like a word."""

MADE_UP: Final = r"(?i)example|dummy|changeme|placeholder|your|test|fake|(.)\1{7}"
"""In a token that stands in documentation or in a test."""
