"""The lists of rules by kind say what the code does."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import mmm_lang.syntax
from mmm_lang.analysis import registry
from mmm_lang.analysis.registry import (
    COMMENT_RULES,
    SURROUNDINGS_RULES,
    YAML_RULES,
    all_rules,
    presets_of_rules,
    reader_rules,
    rules_asked,
)


def words_in(path: Path) -> set[str]:
    """Texts that a module holds, its docstrings aside."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_the_rules_of_the_reader_of_yaml_are_those_that_it_prints():
    folder = Path(inspect.getfile(mmm_lang.syntax)).parent
    printed = {word for path in folder.glob("yaml_*.py") for word in words_in(path)} & set(presets_of_rules())
    # Of a key that is no word the reader says what the parser says of other values; it may be silenced.
    assert printed - {"wrong-type"} == YAML_RULES


def test_the_rules_that_look_around_are_those_that_read_the_surroundings():
    folder = Path(inspect.getfile(registry)).parent
    files = [path for name in ("rules", "pedantic", "audit") for path in (folder / name).glob("*.py")]
    looking = {
        path.stem.replace("_", "-")
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "surroundings"
    }
    assert looking == SURROUNDINGS_RULES


def test_names_without_importing_are_the_names():
    assert presets_of_rules() == {page.name: page.preset for page in all_rules()}
    assert reader_rules() | COMMENT_RULES | YAML_RULES <= set(presets_of_rules())


def test_which_rules_are_asked():
    asked = rules_asked(("default",), ("missing-name",), with_surroundings=False)
    assert "missing-name" in asked
    assert "missing-timeout" not in asked
    assert not asked & SURROUNDINGS_RULES
    assert rules_asked(("default",), (), with_surroundings=True) > asked - {"missing-name"}
