"""A whole playbook in the one form that is best read. The meaning, every comment and every line of text stay."""

from __future__ import annotations

from mmm_lang.diagnostics.fixing import apply_edits
from mmm_lang.diagnostics.model import Diagnostic, Edit
from mmm_lang.formatting.layout import layout_edits
from mmm_lang.formatting.order import order_edits
from mmm_lang.formatting.same import same_value
from mmm_lang.formatting.spelling import quote_edits, reference_edits
from mmm_lang.source import Source
from mmm_lang.syntax.yaml_nodes import Node
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
    root = read(source)
    spelled = with_edits(source, reference_edits(source))
    spelled = with_edits(spelled, quote_edits(spelled))
    if spelled is not source:
        root = read(spelled)
    formatted = with_edits(spelled, layout_edits(spelled))
    tree = root if formatted is spelled else read(formatted)
    while (edits := order_edits(formatted, tree)) != ():
        formatted = with_edits(formatted, edits)
        tree = read(formatted)
    if tree is not root and not same_value(root, tree):
        raise AssertionError("formatting would have changed what the playbook says")
    return formatted


def read(source: Source) -> Node | None:
    """The YAML tree of a text without mistakes of YAML. Raises `NotYaml`."""
    tree = read_tree(source)
    if any(diagnostic.severity == "error" for diagnostic in tree.diagnostics):
        raise NotYaml(tree.diagnostics)
    return tree.root


def with_edits(source: Source, edits: tuple[Edit, ...]) -> Source:
    """The source after edits that do not overlap."""
    return Source(source.path, apply_edits(source.text, edits), source.bom) if edits else source
