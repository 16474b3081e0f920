"""Every rule has a page, and the examples on it are true."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import mmm_lang
from mmm_lang.analysis.baseline import read_baseline, stale_entries
from mmm_lang.analysis.check import analyse
from mmm_lang.analysis.configuration.reading import read_configuration
from mmm_lang.analysis.registry import RulePage, all_rules
from mmm_lang.cli.embedded_scripts import EmbeddedScripts
from mmm_lang.diagnostics.model import Diagnostic
from mmm_lang.diagnostics.ordering import unsuppressed
from mmm_lang.plan.bounds import iterations_of, worst_case
from mmm_lang.plan.ceilings import Ceilings, exceeded
from mmm_lang.plan.lowering import lower
from mmm_lang.plan.widths import Figure, WideBound
from mmm_lang.source import Source
from tests.analysis.around import ASKING, EXAMPLE, LIBRARY
from tests.analysis.verdict import mended

PAGES = all_rules()
SECTIONS = ["What it does", "Why", "Example", "Use instead", "Fix"]
KEBAB = re.compile(r"[a-z]+(-[a-z]+)+")


def sections(page: RulePage) -> dict[str, str]:
    _, *parts = re.split(r"^## (.+)\n", page.page, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def examples(page: RulePage, section: str) -> list[str]:
    return re.findall(
        r"^```(?:yaml|json)\n(.*?)^```$", sections(page)[section], flags=re.MULTILINE | re.DOTALL
    )


def said_about(page: RulePage, text: str) -> list[Diagnostic]:
    """What is said, and not silenced, about an example of a page."""
    if page.subject == "configuration":
        configuration = read_configuration(Source(".mmm/config.yml", text), "/")
        assert configuration is not None
        return list(configuration.diagnostics)
    if page.subject == "baseline":
        baseline = read_baseline(Source(".mmm/baseline.json", text))
        return list(stale_entries(baseline, (), str, ["playbook.yml"]))
    if page.subject == "bound":
        source = Source("playbook.yml", text)
        plan = lower(analyse(source))
        case = worst_case(plan, iterations_of(plan, None, False))
        total = WideBound.of(case.total, Figure.of(1))
        return list(exceeded(plan, case, total, Ceilings(agent_calls=40), source, source.whole()))
    if page.subject == "script":
        scripts = EmbeddedScripts(wants_shellcheck=page.name == "shellcheck")
        analysis = analyse(Source("playbook.yml", text), judge_scripts=scripts.judge)
        return list(unsuppressed(analysis.diagnostics))
    around = EXAMPLE if page.name in ASKING else None
    analysis = analyse(Source("playbook.yml", text), also=(page.name,), surroundings=around, library=LIBRARY)
    return list(unsuppressed(analysis.diagnostics))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
class TestPage:
    def test_has_its_sections(self, page: RulePage):
        assert list(sections(page)) == SECTIONS
        title = page.page.splitlines()[0]
        assert title[0] in "`$" or title[0].isupper()
        assert title.endswith(".")

    def test_the_bad_example_fires_this_rule_and_no_other_error(self, page: RulePage):
        bad = examples(page, "Example")
        assert bad
        for text in bad:
            fired = {one.rule: one.severity for one in said_about(page, text)}
            assert fired.get(page.name) == page.severity
            assert [rule for rule, severity in fired.items() if severity == "error"] in ([], [page.name])

    def test_the_good_example_is_silent(self, page: RulePage):
        good = examples(page, "Use instead")
        assert good
        for text in good:
            assert [one.message for one in said_about(page, text)] == []

    def test_a_fix_mends_the_bad_example(self, page: RulePage):
        (text, *_) = examples(page, "Example")
        fixes = [one for one in said_about(page, text) if one.rule == page.name and one.fix]
        assert bool(fixes) != sections(page)["Fix"].startswith("None")
        for one in fixes:
            after = analyse(Source("mended.yml", mended(one)))
            assert page.name not in [other.rule for other in after.diagnostics]


def test_names_are_unique():
    names = [page.name for page in PAGES]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in names)


def printed_rules() -> set[str]:
    """Rule names that the source hands to a diagnostic: by keyword, or as the first argument of a call that
    makes one."""
    names: set[str] = set()
    for path in Path(mmm_lang.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            values = [keyword.value for keyword in node.keywords if keyword.arg == "rule"]
            if path.parent.name in ("syntax", "analysis", "rules", "pedantic", "audit"):
                values += node.args[:1]
            for value in values:
                if (
                    isinstance(value, ast.Constant)
                    and isinstance(value.value, str)
                    and KEBAB.fullmatch(value.value)
                ):
                    names.add(value.value)
    return names


def test_every_rule_that_can_be_printed_has_a_page():
    assert printed_rules() - {page.name for page in PAGES} == set()
