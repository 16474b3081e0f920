"""Golden files: what ``mmm check`` says about every playbook of ``tests/playbooks``.

``ok/*.yml`` are silent. Each ``err/NAME.yml`` has a ``NAME.out`` beside it with the full output; ``pytest
--bless`` writes it anew. A file named after a rule shows that rule, which is asked even if it is off elsewhere.
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
from tests.analysis.around import ASKING, EXAMPLE, LIBRARY

FOLDER = Path(__file__).parent / "playbooks"
OK = sorted(FOLDER.glob("ok/*.yml"))
ERR = sorted(FOLDER.glob("err/*.yml"))


RULES = sorted((rule.name for rule in all_rules()), key=len, reverse=True)


def named_after(path):
    """The rule that a file shows by its name, or ``None``."""
    return next((rule for rule in RULES if f"{path.stem}-".startswith(f"{rule}-")), None)


def check(path):
    """What is found in a file, which goes by its bare name."""
    rule = named_after(path)
    source = source_of_bytes(path.name, path.read_bytes())
    around = EXAMPLE if rule in ASKING else None
    return analyse(source, also=(rule,) if rule else (), surroundings=around, library=LIBRARY).diagnostics


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
    for path in ERR:
        named = named_after(path)
        if named is not None:
            assert named in {diagnostic.rule for diagnostic in check(path)}, path.name


def test_every_output_has_its_playbook():
    assert {path.stem for path in FOLDER.glob("err/*.out")} == {path.stem for path in ERR}


def test_ten_mistakes_are_ten_diagnostics():
    diagnostics = check(FOLDER / "err" / "ten-mistakes.yml")
    assert len(diagnostics) == 10
    assert len({diagnostic.rule for diagnostic in diagnostics}) == 10


@pytest.mark.parametrize("path", ERR, ids=lambda path: path.stem)
def test_how_it_is_said(path):
    """One voice: what is wrong without a full stop, what to do, and nothing twice."""
    for diagnostic in check(path):
        labels = [diagnostic.primary.message, *(label.message for label in diagnostic.secondary)]
        advice = diagnostic.help or ((diagnostic.fix.title,) if diagnostic.fix is not None else ())
        assert advice, diagnostic.message
        for text in (diagnostic.message, *filter(None, labels), *advice, *diagnostic.notes):
            assert not text[0].isupper(), text
            assert not text.endswith((".", "?", "!")), text
            assert "did you mean" not in text
        assert diagnostic.primary.message not in (diagnostic.message, *advice)
        assert len(diagnostic.message) <= 140, diagnostic.message


def test_everything_said_has_a_page():
    said = {diagnostic.rule for path in ERR for diagnostic in check(path)}
    assert said <= {rule.name for rule in all_rules()}
