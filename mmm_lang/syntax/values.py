"""Single values of a playbook: text, numbers, switches, durations and lists of them, each checked and located.

Every function takes the entry that holds the value, or ``None`` where the key is not written, and gives
``None`` where there is nothing (or nothing usable) after saying so.
"""

from __future__ import annotations

import re

from mmm_lang.diagnostics.model import Edit, Fix
from mmm_lang.figures import series
from mmm_lang.source import Span
from mmm_lang.syntax.core_schema import resolve
from mmm_lang.syntax.nodes import Condition, EnvEntry, Located, Template
from mmm_lang.syntax.number_values import NumberReader
from mmm_lang.syntax.templates import TemplateKind, parse_template
from mmm_lang.syntax.value_reader import SHOWN_LENGTH, is_nothing, named, shown
from mmm_lang.syntax.yaml_nodes import Entry, Mapping, Node, Scalar, Sequence

__all__ = ["Values", "is_nothing"]

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_TYPOGRAPHIC_QUOTES = frozenset({("“", "”"), ("„", "“"), ("‘", "’"), ("«", "»"), ("”", "”"), ("’", "’")})


class Values(NumberReader):
    """Reads values of every kind and reports what is wrong with them."""

    # --- text ---

    def text(self, entry: Entry | None) -> Located[str] | None:
        """A string."""
        if entry is None:
            return None
        scalar = self._text_of(entry)
        return None if scalar is None else Located(scalar.value, scalar.span)

    def choice(self, entry: Entry | None, choices: tuple[str, ...]) -> Located[str] | None:
        """One of a few words."""
        text = self.text(entry)
        if entry is None or text is None or text.value in choices:
            return text
        from mmm_lang.diagnostics.similar import nearest

        near = nearest(text.value, choices)
        words = series((f"`{choice}`" for choice in choices), "or")
        advice = f"replace with `{near}`" if near else f"write {words}"
        fix = Fix(advice, "unsafe", (Edit(text.span, near),)) if near else None
        message = f"`{entry.key.value}` cannot be `{shown(text.value)}`"
        self.findings.error("invalid-value", text.span, message, advice, fix=fix)
        return None

    def texts(self, entry: Entry | None) -> tuple[Located[str], ...] | None:
        """A list of strings."""
        found = []
        for item in self.items(entry, "a list of strings"):
            scalar = self._string(f"each of {named(entry)}", item.node, item.node.span)
            if scalar is not None:
                found.append(Located(scalar.value, scalar.span))
        return None if entry is None or not isinstance(entry.value, Sequence) else tuple(found)

    def identifier(self, entry: Entry | None) -> Located[str] | None:
        """The name of a step."""
        if entry is None:
            return None
        if isinstance(entry.value, Scalar) and not is_nothing(entry.value):
            return self.checked_name(entry.value, "an id")
        return self.text(entry)

    def checked_name(self, scalar: Scalar, what: str) -> Located[str] | None:
        """A name that references can use, wherever it stands."""
        if _IDENTIFIER.match(scalar.value):
            return Located(scalar.value, scalar.span)
        proposal = _in_plain_letters(scalar.value)
        advice = ("use letters, digits, `_` and `-`, and begin with a letter or `_`",)
        fix = None
        if proposal and scalar.style in ("plain", "single", "double") and len(proposal) <= SHOWN_LENGTH:
            advice = (f"replace with `{proposal}`: {advice[0]}",)
            fix = Fix(f"replace with `{proposal}`", "unsafe", (Edit(scalar.span, proposal),))
        name = f"`{shown(scalar.value)}`" if scalar.value.strip() else "an empty text"
        self.findings.error("invalid-id", scalar.span, f"{name} cannot be {what}", *advice, fix=fix)
        return None

    # --- templates ---

    def essence(self, entry: Entry | None, kind: TemplateKind, noun: str) -> Template | None:
        """The text that a step, or a script in a block, is about: an error where there is nothing of it.

        ``noun`` says what it is ("prompt"): a call with an empty one is paid for all the same.
        """
        if entry is None:
            return None
        scalar = entry.value if isinstance(entry.value, Scalar) else self._text_of(entry)
        if scalar is None:
            return None
        value = resolve(scalar)
        if self._is_in_typographic_quotes(scalar):
            return None
        if value is None or (isinstance(value, str) and not value.strip("/ \t\r\n")):
            from mmm_lang.syntax.mistyped import instead_of_nothing

            advice = instead_of_nothing(entry.key.value).advice
            message = f"`{entry.key.value}` has no {noun}"
            self.findings.error("missing-action", self.place(entry), message, *advice)
            return None
        scalar = self._text_of(entry)
        return None if scalar is None else self.template_of(scalar, kind)

    def _is_in_typographic_quotes(self, scalar: Scalar) -> bool:
        """Whether a text stands in quotes that a word processor made; they are reported, as YAML has them in
        the text, where a slash command is none with a quote before it."""
        text = scalar.value
        if scalar.style != "plain" or len(text) < 2 or (text[0], text[-1]) not in _TYPOGRAPHIC_QUOTES:
            return False
        fix = None
        if '"' not in text and "\\" not in text:
            fix = Fix("write straight quotes", "safe", (Edit(scalar.span, f'"{text[1:-1]}"'),))
        message = f"`{text[0]}` and `{text[-1]}` are no quotes to YAML, but part of the text"
        advice = 'write straight quotes, `"…"`'
        self.findings.error("invalid-value", scalar.span, message, advice, fix=fix)
        return True

    def template(self, entry: Entry | None, kind: TemplateKind) -> Template | None:
        """Text with references; a warning where it is empty."""
        if entry is None:
            return None
        scalar = self._text_of(entry)
        if scalar is None:
            return None
        if not scalar.value.strip():
            self.findings.warning(
                "empty-value",
                scalar.span,
                f"`{entry.key.value}` is empty",
                "write its text, or remove the key",
            )
        return self.template_of(scalar, kind)

    def template_of(self, scalar: Scalar, kind: TemplateKind) -> Template:
        """The template that a scalar holds."""
        template, diagnostics = parse_template(
            scalar.value, scalar.span, scalar.offset_of, self.findings.source, kind
        )
        self.findings.add(*diagnostics)
        return template

    def templates(self, entry: Entry | None) -> tuple[Template, ...]:
        """A list of texts with references; numbers and truth values are taken as they are written."""
        found = []
        for item in self.items(entry, "a list of strings"):
            scalar = self._written(f"each of {named(entry)}", item.node, item.node.span)
            if scalar is not None:
                found.append(self.template_of(scalar, "text"))
        return tuple(found)

    def condition(self, entry: Entry | None) -> Condition | None:
        """The value of ``when``; `true`, `false` and numbers are conditions too."""
        if entry is None:
            return None
        if not isinstance(entry.value, Scalar) or is_nothing(entry.value):
            example = "write one as text, such as `when: ${tests.exit_code} != 0`"
            if is_nothing(entry.value):
                example += ", or remove the key"
            self.wrong_type(entry, "a condition", example)
            return None
        from mmm_lang.syntax.conditions import parse_condition

        scalar = entry.value
        condition, diagnostics = parse_condition(
            scalar.value, scalar.span, scalar.offset_of, self.findings.source
        )
        self.findings.add(*diagnostics)
        return condition

    def env(self, entry: Entry | None) -> tuple[EnvEntry, ...]:
        """Environment variables; values are taken as they are written, numbers included."""
        found = []
        if entry is None:
            return ()
        if isinstance(entry.value, Mapping):
            written = entry.value.entries
        else:
            from mmm_lang.syntax.mistyped import instead_of_assignments

            instead = instead_of_assignments(entry.value)
            written = self.entries(entry, "a mapping of names to values", *instead.advice, fix=instead.fix)
        for variable in written:
            name = variable.key
            self._check_variable(Located(name.value, name.span))
            scalar = self._written(named(variable), variable.value, self.place(variable))
            if scalar is not None:
                found.append(EnvEntry(Located(name.value, name.span), self.template_of(scalar, "env")))
        return tuple(found)

    def variables(self, entry: Entry | None) -> tuple[Located[str], ...]:
        """A list of names of environment variables."""
        names = self.texts(entry) or ()
        for name in names:
            self._check_variable(name)
        return names

    def _check_variable(self, name: Located[str]) -> None:
        if not _VARIABLE.match(name.value):
            self.findings.error(
                "invalid-value",
                name.span,
                f"`{shown(name.value)}` cannot be the name of an environment variable",
                "use letters, digits and `_`, and begin with a letter or `_`",
            )

    # --- what all of them are made of ---

    def _text_of(self, entry: Entry) -> Scalar | None:
        """The text that a key holds, with advice for a list or mapping there."""
        if isinstance(entry.value, Mapping | Sequence):
            from mmm_lang.syntax.mistyped import instead_of_collection

            instead = instead_of_collection(entry, self.findings.source)
            self.wrong_type(entry, "a string", *instead.advice, fix=instead.fix)
            return None
        if isinstance(entry.value, Scalar) and resolve(entry.value) is not None:
            return self._string(named(entry), entry.value, self.place(entry))
        from mmm_lang.syntax.mistyped import instead_of_nothing

        advice = instead_of_nothing(entry.key.value).advice
        return self._string(named(entry), entry.value, self.place(entry), *advice)

    def _string(self, what: str, node: Node, span: Span, *advice: str) -> Scalar | None:
        """A scalar that is text; ``advice`` is for where there is none. A number or truth value is an error,
        and taken as text all the same."""
        value = resolve(node) if isinstance(node, Scalar) else None
        if not isinstance(node, Scalar) or value is None:
            self.mistyped(what, node, span, "a string", *(advice or ("write one text for each",)))
            return None
        if not isinstance(value, str):
            fix = Fix("put it in quotes", "safe", (Edit(node.span, f'"{node.value}"'),))
            self.mistyped(what, node, span, "a string", f'put it in quotes: `"{node.value}"`', fix=fix)
        return node

    def _written(self, what: str, node: Node, span: Span) -> Scalar | None:
        """Any scalar that is not null."""
        if isinstance(node, Scalar) and resolve(node) is not None:
            return node
        advice = 'write `""` for an empty text' if is_nothing(node) else "write one text for each"
        self.mistyped(what, node, span, "a string", advice)
        return None


def _in_plain_letters(text: str) -> str:
    """A name as near to a text as a name can be; empty where letters would get lost."""
    import unicodedata

    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    if any(sign.isalnum() and not sign.isascii() for sign in plain):
        return ""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", plain).strip("-")
    return f"_{name}" if name[:1].isdigit() else name
