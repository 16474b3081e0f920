"""The context of one place in a script: which quotes, whether the shell computes there, who reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mmm_lang.analysis.shell_code_readers import (
    reader_of_argument,
    reader_of_here_string,
    reader_of_input,
    reader_of_output,
    starts_argument,
)
from mmm_lang.analysis.shell_computing import computes
from mmm_lang.analysis.shell_quoting import (
    Heredoc,
    backtick_content,
    expansion_around,
    is_escaped,
    quote_at_end,
    substitution_around,
)
from mmm_lang.analysis.shell_tree import ScriptTree, chain, parse_script
from mmm_lang.record import evolve, frozen

if TYPE_CHECKING:
    from tree_sitter import Node

ShellFamily = Literal["posix", "bash", "korn"]
"""What matters of a shell here: ``$'…'`` (not in ``posix``), and a ``[`` that computes (in ``korn`` only)."""

_PATTERN_SIGNS = frozenset({"#", "##", "%", "%%", "/", "//", "/#", "/%", "^", "^^", ",", ",,"})
_TOKENS = frozenset({"regex", "word", "extglob_pattern"})
_LISTS = frozenset({"command", "for_statement", "array", "declaration_command"})
_DEEPEST = 12
"""Scripts in backticks in here-documents in …: past this a place is given up as tangled."""


@frozen
class Context:
    """What is known of a place. ``many_words``: several words may stand where it does."""

    place: Literal["bare", "double", "single", "ansi", "heredoc", "arithmetic", "comment"]
    problem: (
        Literal[
            "quoted-heredoc",
            "heredoc-delimiter",
            "heredoc-pattern",
            "ansi-quotes",
            "quoted-number",
            "escaped",
            "tangled-quotes",
            "unquoted-replacement",
        ]
        | None
    ) = None
    many_words: bool = False
    evaluated_by: str | None = None
    is_command: bool = False


@frozen
class _Quotes:
    """The quotes that a walk outwards has met, up to the nearest ``$( )``.

    ``body``: none but the two that stand for a here-document. ``through`` is the expansion that the walk
    has come through since: in ``${x%…}`` quotes begin anew, in ``${x:-…}`` outer double quotes still hold.
    """

    kind: Literal["bare", "single", "ansi", "double", "body"] | None = None
    through: Literal["text", "pattern"] | None = None
    tangled: bool = False


def context_of(
    tree: ScriptTree, start: int, end: int, family: ShellFamily, *, of_body: bool = False, depth: int = 0
) -> Context:
    """The context of ``start`` to ``end`` (bytes), where an expansion stands.

    ``of_body``: the tree is that of a piece of a here-document's body, wrapped into double quotes.
    """
    if depth > _DEEPEST:
        return Context("bare", "tangled-quotes")
    heredoc = next((one for one in tree.heredocs if one.word_start <= start < one.word_end), None)
    if heredoc is not None:
        return Context("heredoc", "heredoc-delimiter")
    heredoc = next((one for one in tree.heredocs if one.body_start <= start < one.body_end), None)
    if heredoc is not None:
        return _in_body(tree, heredoc, start, end, family, depth)
    path = chain(tree.smallest(start, end), start, end)
    inner = _in_backticks(tree, path, start, end, family, depth)
    if inner is not None:
        return inner
    if any(node.type == "comment" for node in path):
        return Context("comment")
    near = _up_to_substitution(tree, path)
    inner = _in_missed_substitution(tree, near, start, end, family, depth)
    if inner is not None:
        return inner
    context = _judged(tree, near, start, family, of_body=of_body)
    command = next((node for node in near if node.type == "command"), None)
    return evolve(
        context,
        many_words=_takes_many_words(near, start),
        evaluated_by=_reader(tree, near, command, start),
        is_command=any(node.type == "command_name" for node in near)
        or (command is not None and starts_argument(tree, command, start)),
    )


def _reader(tree: ScriptTree, near: tuple[Node, ...], command: Node | None, start: int) -> str | None:
    """The program that reads the place as code."""
    here_string = next((node for node in near if node.type == "herestring_redirect"), None)
    if here_string is not None:
        return reader_of_here_string(tree, here_string)
    if command is None:
        return None
    return reader_of_argument(tree, command, start) or reader_of_output(tree, command)


def _up_to_substitution(tree: ScriptTree, path: tuple[Node, ...]) -> tuple[Node, ...]:
    """The nodes of a path, innermost first, up to the nearest ``$( )``: past it everything begins anew."""
    for index, node in enumerate(path):
        if node.type in ("command_substitution", "process_substitution") and not _is_sum(tree, node):
            return path[:index]
    return path


def _is_sum(tree: ScriptTree, node: Node) -> bool:
    """Whether a ``$((…))`` was taken for a subshell in a substitution, as the grammar does in places."""
    text = tree.text(node)
    return text.startswith(b"$((") and text.endswith(b"))") and node.named_child_count == 1


def _judged(
    tree: ScriptTree, near: tuple[Node, ...], start: int, family: ShellFamily, *, of_body: bool
) -> Context:
    quotes = _quotes(tree, near, start, of_body=of_body)
    if quotes.tangled:
        return Context("bare", "tangled-quotes")
    kind = quotes.kind or "bare"
    if kind != "single" and is_escaped(tree.source, start):
        return Context("bare", "escaped")
    if any(_is_sum(tree, node) for node in near) or computes(tree, near, start, family == "korn"):
        return Context("arithmetic", "quoted-number" if kind in ("single", "ansi") else None)
    if kind == "ansi" and family == "posix":
        return Context("ansi", "ansi-quotes")
    if kind == "bare" and any(_is_replacement(node, start) for node in near) and _is_split(near):
        return Context("bare", "unquoted-replacement")
    if of_body and quotes.through == "pattern":
        return Context("heredoc", "heredoc-pattern")
    return Context("heredoc" if kind == "body" else kind)


def _quotes(tree: ScriptTree, near: tuple[Node, ...], start: int, *, of_body: bool) -> _Quotes:
    quotes = _Quotes()
    for node in near:
        match node.type:
            case "raw_string":
                quotes = _entered(quotes, "single")
            case "ansi_c_string":
                quotes = _entered(quotes, "ansi")
            case "string":
                quotes = _in_double(quotes, is_body=of_body and node.start_byte == 0)
            case "expansion":
                quotes = evolve(quotes, through=_through(node, start) or quotes.through)
            case token if token in _TOKENS:
                kind = quote_at_end(tree.source[node.start_byte : start])
                quotes = quotes if kind == "bare" else _entered(quotes, kind)
    return quotes


def _entered(quotes: _Quotes, kind: Literal["single", "ansi", "double"]) -> _Quotes:
    return quotes if quotes.kind is not None else evolve(quotes, kind=kind)


def _in_double(quotes: _Quotes, *, is_body: bool) -> _Quotes:
    """One pair of double quotes further out."""
    around: Literal["body", "double"] = "body" if is_body else "double"
    if quotes.through == "pattern":
        return evolve(quotes, kind=quotes.kind or "bare")
    if quotes.kind is None:
        return evolve(quotes, kind=around)
    if quotes.through == "text" and quotes.kind == "single":
        # "${x:-'…'}": within double quotes the single ones are plain signs
        return evolve(quotes, kind=around)
    if quotes.through == "text" and quotes.kind == "ansi":
        return evolve(quotes, tangled=True)
    return quotes


def _through(expansion: Node, start: int) -> Literal["text", "pattern"] | None:
    signs = [node.type for node in expansion.children if node.end_byte <= start and not node.is_named]
    if not signs or signs[-1] == "${":
        return None
    return "pattern" if signs[-1] in _PATTERN_SIGNS else "text"


def _is_replacement(node: Node, start: int) -> bool:
    """Whether a place is what ``${x/pattern/…}`` puts in: quotes there do not keep it whole."""
    if node.type != "expansion":
        return False
    return sum(child.end_byte <= start and child.type in ("/", "//") for child in node.children) > 1


def _is_split(near: tuple[Node, ...]) -> bool:
    """Whether the result of an expansion is split into words: not in quotes, not in an assignment."""
    return not any(node.type in ("string", "variable_assignment") for node in near)


def _takes_many_words(near: tuple[Node, ...], start: int) -> bool:
    """Whether the word that the place is in may be several."""
    for node in near:
        if node.type == "file_redirect":
            # in `> out a b` the grammar takes the arguments for further targets
            targets = node.children_by_field_name("destination")
            return len(targets) > 0 and start >= targets[0].end_byte
        if node.type in _LISTS:
            return True
        if node.type not in ("concatenation", "command_name"):
            return False
    return False


# --- what is a script of its own ---


def _in_body(
    tree: ScriptTree, heredoc: Heredoc, start: int, end: int, family: ShellFamily, depth: int
) -> Context:
    """A place in a here-document's body, which is read like double quotes without their quotes."""
    if heredoc.quoted:
        return Context("heredoc", "quoted-heredoc")
    body = tree.source[heredoc.body_start : heredoc.body_end]
    around = expansion_around(body, start - heredoc.body_start, end - heredoc.body_start)
    if around is None:
        escaped = is_escaped(tree.source, start)
        reader = reader_of_input(tree, heredoc)
        return Context("heredoc", "escaped" if escaped else None, evaluated_by=reader)
    shift = 1 - heredoc.body_start - around[0]
    piece = parse_script(b'"' + body[slice(*around)] + b'"')
    return context_of(piece, start + shift, end + shift, family, of_body=True, depth=depth + 1)


def _in_backticks(
    tree: ScriptTree, path: tuple[Node, ...], start: int, end: int, family: ShellFamily, depth: int
) -> Context | None:
    """A place in backticks that hold backslashes: a shell takes those off before it reads the rest."""
    for index in range(len(path) - 1, -1, -1):
        node = path[index]
        if node.type == "command_substitution" and tree.text(node).startswith(b"`"):
            in_double = any(outer.type == "string" for outer in path[index:])
            content = backtick_content(tree.source, node.start_byte, start, in_double=in_double)
            if content is not None:
                script, place = content
                inner = parse_script(script)
                return context_of(inner, place, place + end - start, family, depth=depth + 1)
    return None


def _in_missed_substitution(
    tree: ScriptTree, near: tuple[Node, ...], start: int, end: int, family: ShellFamily, depth: int
) -> Context | None:
    """A place in a ``$( )`` or backticks that the grammar has not seen: it misses some in ``${x%…}``."""
    in_double = any(node.type == "string" for node in near)
    for node in near:
        if node.type == "expansion":
            first = node.start_byte
            text = tree.source[first : node.end_byte]
            around = substitution_around(text, start - first, end - first, in_double=in_double)
            if around is not None:
                quote = b'"' if in_double else b""
                piece = parse_script(quote + text[slice(*around)] + quote)
                shift = len(quote) - first - around[0]
                return context_of(piece, start + shift, end + shift, family, depth=depth + 1)
    return None
