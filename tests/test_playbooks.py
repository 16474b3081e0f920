"""Golden files: what ``mmm check`` says about every playbook of ``tests/playbooks``.

``ok/*.yml`` are silent. Each ``err/NAME.yml`` has a ``NAME.out`` beside it with the full output; ``pytest
--bless`` writes it anew. A file named after a rule shows that rule.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mmm_lang.analysis.check import analyse
from mmm_lang.analysis.registry import all_rules
from mmm_lang.diagnostics.colour import PLAIN
from mmm_lang.diagnostics.render_full import render_full
from mmm_lang.diagnostics.summary import count, summarise
from mmm_lang.syntax.reading import read_source, source_of_bytes

FOLDER = Path(__file__).parent / "playbooks"
OK = sorted(FOLDER.glob("ok/*.yml"))
ERR = sorted(FOLDER.glob("err/*.yml"))


def check(path):
    """What is found in a file, which goes by its bare name."""
    return analyse(source_of_bytes(path.name, path.read_bytes())).diagnostics


def rendered(diagnostics):
    return f"{render_full(diagnostics, PLAIN)}\n{summarise(count(diagnostics))}\n"


@pytest.mark.parametrize("path", OK, ids=lambda path: path.stem)
def test_silent(path):
    assert render_full(analyse(read_source(path)).diagnostics, PLAIN) == ""


@pytest.mark.parametrize("path", ERR, ids=lambda path: path.stem)
def test_said(path, request):
    golden = path.with_suffix(".out")
    diagnostics = check(path)
    text = rendered(diagnostics)
    if request.config.getoption("--bless"):
        golden.write_text(text, encoding="utf-8")
    assert golden.exists(), f"{golden.name} is missing; `pytest --bless` writes it"
    assert text == golden.read_text(encoding="utf-8")


def test_a_file_that_is_named_after_a_rule_shows_it():
    rules = sorted((rule.name for rule in all_rules()), key=len, reverse=True)
    for path in ERR:
        named = next((rule for rule in rules if f"{path.stem}-".startswith(f"{rule}-")), None)
        if named is not None:
            assert named in {diagnostic.rule for diagnostic in check(path)}, path.name


def test_every_output_has_its_playbook():
    assert {path.stem for path in FOLDER.glob("err/*.out")} == {path.stem for path in ERR}


def test_ten_mistakes_are_ten_diagnostics():
    diagnostics = check(FOLDER / "err" / "ten-mistakes.yml")
    assert len(diagnostics) == 10
    assert len({diagnostic.rule for diagnostic in diagnostics}) == 10


def test_everything_said_has_a_page():
    said = {diagnostic.rule for path in ERR for diagnostic in check(path)}
    assert said <= {rule.name for rule in all_rules()}
