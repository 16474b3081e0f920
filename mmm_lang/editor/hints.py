"""Inlay hints: how often a step can run at most, where that is more than once.

They come from the plan, so a playbook that has none has no hints.
"""

from __future__ import annotations

from attrs import frozen

from mmm_lang.editor.document import Document


@frozen
class Hint:
    """A few words shown behind the text at ``offset``, with a sentence that explains them."""

    offset: int
    text: str
    explanation: str


def hints(document: Document) -> tuple[Hint, ...]:
    """The hints of a playbook, in the order of the text: at the end of the first line of a step."""
    from mmm_lang.plan.bounds import worst_case  # the graph library is heavy
    from mmm_lang.plan.lowering import lower

    try:
        rows = worst_case(lower(document.analysis), 1).rows
    except ValueError:
        return ()
    runs = {row.step.key: row.runs for row in rows}
    found: dict[int, Hint] = {}
    for step, key in document.analysis.keys.steps.items():
        times = runs.get(key, 1)
        if times > 1:
            source = document.source
            end = source.line_span(source.position(step.span.start).line).end
            explanation = f"runs at most {times:,} times in an iteration: retries and repair rounds counted"
            found.setdefault(end, Hint(end, f"≤ {times:,} runs", explanation))
    return tuple(found[end] for end in sorted(found))
