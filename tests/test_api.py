"""mmm as a library: a text goes in, diagnostics or a plan come out."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mmm_lang

GOOD = '- claude: "/mmm-code-review"\n  id: review\n- claude: "/mmm-implement-spec ${review.spec}"\n'
BAD = GOOD.replace("${review", "${reveiw")


class TestCheck:
    def test_a_clean_playbook_has_no_diagnostics(self):
        assert mmm_lang.check(GOOD) == []

    def test_what_is_wrong_has_its_place_and_path(self):
        (found,) = mmm_lang.check(BAD, path="nightly.yml")
        assert (found.rule, found.severity, found.source.path) == ("undefined-step", "error", "nightly.yml")
        assert found.source.slice(found.primary.span) == "reveiw"

    def test_a_byte_order_mark_is_not_counted(self):
        (plain,) = mmm_lang.check(BAD)
        (marked,) = mmm_lang.check("\ufeff" + BAD)
        assert marked.primary.span == plain.primary.span

    def test_what_a_comment_silences_is_left_out(self):
        assert mmm_lang.check(BAD.rstrip() + " # mmm: ignore[undefined-step] on purpose\n") == []

    @given(st.text(alphabet=st.characters(exclude_categories=())))
    def test_no_text_raises(self, text):
        assert all(isinstance(one, mmm_lang.Diagnostic) for one in mmm_lang.check(text))


class TestCompile:
    def test_gives_the_plan(self):
        plan = mmm_lang.compile_playbook(GOOD)
        assert isinstance(plan, mmm_lang.Plan)
        assert [step.id for step in plan.body()] == ["review", None]

    def test_refuses_a_playbook_with_errors_and_says_which(self):
        with pytest.raises(mmm_lang.PlaybookHasErrors) as raised:
            mmm_lang.compile_playbook(BAD, path="nightly.yml")
        assert [one.rule for one in raised.value.diagnostics] == ["undefined-step"]
        assert str(raised.value).startswith("nightly.yml:3:34: error[undefined-step] ")

    def test_an_error_that_is_silenced_is_still_one(self):
        with pytest.raises(mmm_lang.PlaybookHasErrors, match="undefined-step"):
            mmm_lang.compile_playbook(BAD.rstrip() + " # mmm: ignore[undefined-step] on purpose\n")

    def test_warnings_do_not_matter(self):
        text = "name: a\nversion: 1\nconfig: {a: 1}\nsteps:\n  - shell: make\n"
        assert [one.severity for one in mmm_lang.check(text)] == ["warning"]
        assert mmm_lang.compile_playbook(text).header.name == "a"


class TestNames:
    def test_every_public_name_is_there(self):
        for name in mmm_lang.__all__:
            assert getattr(mmm_lang, name) is not None
            assert name in dir(mmm_lang)

    def test_another_name_is_not(self):
        with pytest.raises(AttributeError, match="no attribute 'compile'"):
            mmm_lang.compile  # noqa: B018  # the access is the test

    def test_importing_the_package_loads_nothing_else(self):
        show = "import sys; before = {*sys.modules}; import mmm_lang; print(sorted({*sys.modules} - before))"
        done = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True)
        assert done.stdout.strip() in ("['mmm_lang']", "['__future__', 'mmm_lang']")
