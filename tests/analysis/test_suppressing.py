"""Comments that silence rules: what they reach, and what is said about them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmm_lang.analysis.check import analyse
from mmm_lang.analysis.registry import (
    COMMENT_RULES,
    SURROUNDINGS_RULES,
    YAML_RULES,
    presets_of_rules,
)
from mmm_lang.diagnostics.ordering import unsuppressed
from mmm_lang.source import Source
from tests.analysis.verdict import analysed, mended
from tests.support.generate import wild_playbooks


def shown(text: str) -> list[tuple[str, int]]:
    """Rule and line of all that is not silenced."""
    return [
        (one.rule, one.source.position(one.primary.span.start).line)
        for one in unsuppressed(analysed(text).diagnostics)
    ]


def silenced(text: str) -> list[tuple[str, int]]:
    return [
        (one.rule, one.source.position(one.primary.span.start).line)
        for one in analysed(text).diagnostics
        if one.suppressed == "comment"
    ]


class TestReach:
    @pytest.mark.parametrize(
        ("text", "lines"),
        [
            ('- shell: "${a.output}" # mmm: ignore[undefined-step]\n- shell: "${b.output}"\n', [1]),
            ('# mmm: ignore[undefined-step]\n- shell: "${a.output}"\n- shell: "${b.output}"\n', [2]),
            ('- shell: "true"\n# mmm: ignore[undefined-step]\n\n# more\n- shell: "${b.output}"\n', [5]),
            ("- shell: | # mmm: ignore[undefined-step]\n    true\n    ${a.output}\n", [3]),
            ('- shell: "true\n    ${a.output}\n    ${b.output}" # mmm: ignore[undefined-step]\n', [2, 3]),
            (
                '- shell: "true"\n  # mmm: ignore[undefined-step]\n  env: {A: "${a.x}"}\n  cwd: "${b.x}"\n',
                [3],
            ),
            ('- # mmm: ignore[undefined-step]\n  shell: "${a.x}"\n  cwd: "${b.x}"\n', [2, 3]),
            ('-\n  # mmm: ignore[undefined-step]\n  shell: "${a.x}"\n  cwd: "${b.x}"\n', [3]),
            (
                '# mmm: ignore[undefined-step]\n- shell: "${a.x}"\n  cwd: "${b.x}"\n  on_failure:\n'
                '    claude: "${c.x}"\n',
                [2, 3, 5],
            ),
            ('- shell: "${a.x}"\n  on_failure: # mmm: ignore[undefined-step]\n    claude: "${c.x}"\n', [3]),
            (
                '- name: "x"\n  args: # mmm: ignore[undefined-step]\n    - "${a.x}"\n    - "${b.x}"\n',
                [3, 4],
            ),
            (
                '- name: "x"\n  args:\n    # mmm: ignore[undefined-step]\n    - "${a.x}"\n    - "${b.x}"\n',
                [4],
            ),
            ('- name: "x"\n  args: ["${a.x}", # mmm: ignore[undefined-step]\n   "${b.x}"]\n', [2, 3]),
            (
                '- name: "x"\n  args: [\n   # mmm: ignore[undefined-step]\n   "${a.x}",\n   "${b.x}"]\n',
                [4],
            ),
            ('- claude:\n    # mmm: ignore[undefined-step]\n    "${a.x}"\n  cwd: "${b.x}"\n', [3]),
            (
                '- {shell: "${a.x}", cwd: "${b.x}"} # mmm: ignore[undefined-step]\r\n- shell: "${c.x}"\r\n',
                [1, 1],
            ),
        ],
    )
    def test_table(self, text, lines):
        analysis = analyse(Source("p.yml", text))
        found = [one for one in analysis.diagnostics if one.rule == "undefined-step"]
        by_comment = [one for one in found if one.suppressed]
        assert [one.source.position(one.primary.span.start).line for one in by_comment] == lines
        assert "useless-suppression" not in {one.rule for one in analysis.diagnostics}

    def test_a_script_has_comments_of_its_own(self):
        text = "- shell: |\n    true # mmm: ignore[undefined-step]\n    ${a.output}\n"
        assert [rule for rule, _ in shown(text)] == ["undefined-step"]

    def test_an_aliased_value_is_silenced_where_it_is_written(self):
        text = '- claude: &a "${x.y}" # mmm: ignore[undefined-step]\n- claude: *a\n'
        assert shown(text) == []

    def test_of_a_whole_file(self):
        steps = '- shell: "${a.output}"\n- shell: "${b.output}"\n'
        assert silenced(f"# mmm: ignore-file[undefined-step] old\n{steps}") == [
            ("undefined-step", 2),
            ("undefined-step", 3),
        ]
        assert silenced(f"# about\n\n---\n# mmm: ignore-file[undefined-step]\n{steps}") != []
        below = '- shell: "true"\n# mmm: ignore-file[undefined-step]\n- shell: "${b.output}"\n'
        assert shown(below) == [("malformed-suppression", 2), ("undefined-step", 3)]

    def test_other_rules_speak_on(self):
        text = '- shell: "${a.output | raw}" # mmm: ignore[undefined-step]\n'
        assert shown(text) == [("raw-filter", 1)]

    def test_the_reason_is_kept(self):
        analysis = analysed('- shell: "${a.output}" # mmm: ignore[undefined-step]  a sample\n')
        assert [one.justification for one in analysis.diagnostics] == ["a sample"]


class TestWhatCannotBeSilenced:
    @pytest.mark.parametrize("rule", sorted(YAML_RULES | COMMENT_RULES))
    def test_rules(self, rule):
        assert ("useless-suppression", 1) in shown(
            f"# mmm: ignore-file[{rule}]\n- shell: x\n  shell: y\n  a: b: c\n"
        )

    def test_a_mistake_of_yaml(self):
        text = "- shell: x\n  timeout: 1m\n  timeout: 2m # mmm: ignore[duplicate-key]\n"
        assert sorted(rule for rule, _ in shown(text)) == ["duplicate-key", "useless-suppression"]

    def test_an_error_still_keeps_the_playbook_from_running(self):
        analysis = analysed('- shell: "${a.output}" # mmm: ignore[undefined-step]\n')
        assert unsuppressed(analysis.diagnostics) == ()
        assert not analysis.ok


class TestUseless:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ('- shell: "x" # mmm: ignore[raw-filter] why\n', '- shell: "x"\n'),
            (
                '- shell: "x"   # mmm: ignore[raw-filter]\r\n- shell: "y"\r\n',
                '- shell: "x"\r\n- shell: "y"\r\n',
            ),
            ('- shell: "x"\n  # mmm: ignore[raw-filter]\n  cwd: a\n', '- shell: "x"\n  cwd: a\n'),
            ('# mmm: ignore-file[raw-filter]\n# b\n- shell: "x"\n', '# b\n- shell: "x"\n'),
            ('- shell: "x"\n# mmm: ignore[raw-filter]', '- shell: "x"\n'),
            ("- shell: | # mmm: ignore[raw-filter]\n    x\n", "- shell: |\n    x\n"),
            (
                '- shell: "${a.output}" # mmm: ignore[raw-filter, undefined-step, raw-filter] why\n',
                '- shell: "${a.output}" # mmm: ignore[undefined-step] why\n',
            ),
            (
                '- shell: "${a.output}" # mmm: ignore[undefined-step, undefined-step]\n',
                '- shell: "${a.output}" # mmm: ignore[undefined-step]\n',
            ),
            (
                '- shell: "x" # mmm: ignore[raw-filter, nothing-like-it]\n',
                '- shell: "x" # mmm: ignore[nothing-like-it]\n',
            ),
        ],
    )
    def test_the_fix_removes_it_and_nothing_else(self, before, after):
        (useless,) = [
            one for one in analyse(Source("p.yml", before)).diagnostics if one.rule == "useless-suppression"
        ]
        assert useless.fix is not None
        assert useless.fix.applicability == "safe"
        assert mended(useless) == after

    def test_a_rule_that_was_not_asked_is_not_useless(self):
        presets = presets_of_rules()
        quiet = [name for name, preset in presets.items() if preset != "default"] + sorted(SURROUNDINGS_RULES)
        assert quiet
        for name in quiet:
            source = Source("p.yml", f'- shell: "x" # mmm: ignore[{name}]\n')
            assert unsuppressed(analyse(source).diagnostics) == ()

    def test_two_comments_for_one_place(self):
        text = '# mmm: ignore-file[undefined-step]\n- shell: "${a.output}" # mmm: ignore[undefined-step]\n'
        assert shown(text) == []


class TestNames:
    def test_a_misspelt_rule(self):
        analysis = analysed('- shell: "${a.output}" # mmm: ignore[undefind-step]\n')
        (unknown,) = [one for one in analysis.diagnostics if one.rule == "unknown-rule"]
        assert unknown.help == ("replace with `undefined-step`",)
        assert mended(unknown) == '- shell: "${a.output}" # mmm: ignore[undefined-step]\n'

    def test_a_blanket_is_filled_with_what_fires_there(self):
        analysis = analysed('- shell: "${a.output | raw}" # mmm: ignore sample\n')
        (blanket,) = [one for one in analysis.diagnostics if one.rule == "malformed-suppression"]
        assert blanket.fix is not None
        assert blanket.fix.applicability == "unsafe"
        assert (
            mended(blanket)
            == '- shell: "${a.output | raw}" # mmm: ignore[raw-filter, undefined-step] sample\n'
        )


COMMENTS = st.sampled_from(
    [
        "# mmm: ignore[undefined-step]",
        "# mmm: ignore[raw-filter, unknown-field] why",
        "# mmm: ignore-file[undefined-step]",
        "# mmm: ignore",
        "# mmm: ignore[no-such]",
    ]
)


@given(wild_playbooks(), st.data())
@settings(max_examples=60, deadline=None)
def test_comments_take_nothing_away_and_add_only_words_about_themselves(text: str, data: st.DataObject):
    lines = text.split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        lines.insert(data.draw(st.integers(0, len(lines) - 1)), data.draw(COMMENTS))
    commented = Source("playbook.yml", "\n".join(lines))
    plain = Source("playbook.yml", commented.text.replace("# mmm:", "# mm_:"))
    before = sorted((one.rule, one.primary.span.start) for one in analyse(plain).diagnostics)
    after = analyse(commented).diagnostics
    about_playbook = [one for one in after if one.rule not in COMMENT_RULES]
    assert sorted((one.rule, one.primary.span.start) for one in about_playbook) == before
