"""A whole playbook in the one form that is best read. The meaning, every comment and every line of text stay."""

from __future__ import annotations

from mmm_lang.diagnostics.fixing import apply_edits
from mmm_lang.diagnostics.model import Diagnostic, Edit
from mmm_lang.formatting.layout import layout_edits
from mmm_lang.formatting.order import order_edits
from mmm_lang.formatting.rewriting import Draft
from mmm_lang.formatting.same import same_value
from mmm_lang.formatting.spelling import quote_edits, reference_edits
from mmm_lang.source import Source
from mmm_lang.syntax.yaml_tree import read_tree


class NotYaml(Exception):
    """The text has mistakes of YAML itself, so that nobody knows what belongs where.

    ``diagnostics`` say which; some of them are errors.
    """

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("the text is not YAML")
        self.diagnostics = diagnostics


def format_playbook(source: Source) -> Source:
    """The formatted text. Formatting it again changes nothing.

    Raises `NotYaml`; a playbook whose mistakes are of another kind is formatted like any other.
    """
    return format_draft(read(source)).source


def format_draft(draft: Draft) -> Draft:
    """The same for a text that has been read.

    It is read again only where it may mean something else than before, and where places in it have moved: a quote in
    another's place moves nothing, so that quotes and layout are one stage.
    """
    spelled = edited(draft, reference_edits(draft))
    formatted = edited(spelled, (*quote_edits(spelled), *layout_edits(spelled)))
    while (edits := order_edits(formatted)) != ():
        formatted = edited(formatted, edits)
    if formatted is not spelled and not same_value(spelled.root, formatted.root):
        raise AssertionError("formatting would have changed what the playbook says")
    return formatted


def read(source: Source) -> Draft:
    """A text without mistakes of YAML and its tree. Raises `NotYaml`."""
    tree = read_tree(source)
    if any(diagnostic.severity == "error" for diagnostic in tree.diagnostics):
        raise NotYaml(tree.diagnostics)
    return Draft(source, tree)


def edited(draft: Draft, edits: tuple[Edit, ...]) -> Draft:
    """The text after edits that do not overlap, read again. Raises `NotYaml`."""
    if not edits:
        return draft
    source = draft.source
    return read(Source(source.path, apply_edits(source.text, edits), source.bom))
