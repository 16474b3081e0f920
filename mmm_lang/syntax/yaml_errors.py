"""Mistakes of YAML, said in the words of somebody who writes a playbook.

libyaml says what it expected; people need to know what they wrote. Each kind of mistake is told apart by
the text around the place, so that libyaml and the pure Python reader, which word their errors differently,
give the same diagnostic.
"""

from __future__ import annotations

from collections.abc import Callable

from mmm_lang.source import Source, Span
from mmm_lang.syntax import yaml_indentation, yaml_layout, yaml_quoting
from mmm_lang.syntax.yaml_failure import Failure, Finding, Scene

_KINDS: tuple[Callable[[Scene], Finding | None], ...] = (
    yaml_indentation.tab,
    yaml_indentation.lookalike_blank,
    yaml_layout.bullet,
    yaml_layout.foreign_comment,
    yaml_indentation.block_body,
    yaml_layout.text_before_everything,
    yaml_layout.list_then_key,
    yaml_layout.no_space_after_dash,
    yaml_layout.colon,
    yaml_layout.stray_line,
    yaml_layout.block_header,
    yaml_quoting.unclosed_at_end,
    yaml_quoting.after_quote,
    yaml_quoting.escape,
    yaml_quoting.bracket,
    yaml_quoting.empty_flow_entry,
    yaml_quoting.first_character,
    yaml_layout.list_on_key_line,
    yaml_indentation.short_of_block,
    yaml_layout.directive,
    yaml_layout.after_document,
    yaml_quoting.closing_bracket,
    yaml_indentation.wrong_place,
)
"""The kinds of mistakes, in the order in which they are asked."""


def explain(source: Source, failure: Failure) -> Finding:
    """The diagnostic for a failure, with advice, and the place to blame."""
    scene = Scene(source, failure)
    for kind in _KINDS:
        finding = kind(scene)
        if finding is not None:
            return finding
    end = min(len(source.text), failure.offset + 1)
    problem = failure.problem.strip() or "the text ends too early"
    return scene.finding(
        Span(failure.offset, end),
        f"this is not valid YAML: {problem}",
        "write `key: value`, lists with `- `, and put text with special characters in quotes",
    )
