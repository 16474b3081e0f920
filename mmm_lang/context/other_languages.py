"""Languages without a grammar here: lines and markers by their comments, functions by lizard where it knows them."""

from __future__ import annotations

from mmm_lang.context.facts import Facts, Function, Marker
from mmm_lang.context.kinds import Language
from mmm_lang.context.text import is_crlf, markers_in, step_of, widest_line

_BY_LIZARD = frozenset(
    {"C", "C#", "C++", "Java", "Kotlin", "Lua", "Objective-C", "PHP", "Ruby", "Scala", "Swift", "Zig"}
)
_MOST_BYTES = 256 * 1024
"""lizard reads a few hundred kB a second; what is longer goes without functions."""


def read_other(language: Language, path: str, content: bytes) -> Facts:
    """The facts of a file by its lines."""
    text = content.decode("utf-8", "replace")
    lines = text.split("\n")
    comments = [line.lstrip().startswith(language.comments) for line in lines]
    markers: list[Marker] = []
    for number, line in enumerate(lines, start=1):
        begins = [at for at in (line.find(sign) for sign in language.comments if sign != "*") if at >= 0]
        if comments[number - 1] or begins:
            markers += markers_in(line if comments[number - 1] else line[min(begins) :], number)
    return Facts(
        language=language.name,
        lines=len(lines) - (lines[-1] == ""),
        code_lines=sum(
            1 for line, is_comment in zip(lines, comments, strict=True) if line.strip() and not is_comment
        ),
        widest=widest_line(content),
        indent=step_of(content),
        has_crlf=is_crlf(content),
        functions=_functions(language, path, text),
        markers=tuple(markers),
    )


def _functions(language: Language, path: str, text: str) -> tuple[Function, ...]:
    if language.name not in _BY_LIZARD or len(text) > _MOST_BYTES:
        return ()
    import lizard  # type: ignore[import-untyped]  # it has no annotations

    try:
        found = lizard.analyze_file.analyze_source_code(path, text).function_list
    except Exception:  # its readers meet text that they were not made for, and raise whatever they like
        return ()
    functions = (
        Function(
            str(one.name)[:80], int(one.start_line), int(one.end_line), max(1, int(one.cyclomatic_complexity))
        )
        for one in found
        if one.end_line >= one.start_line
    )
    return tuple(sorted(functions, key=lambda one: (one.line, one.end, one.name)))
