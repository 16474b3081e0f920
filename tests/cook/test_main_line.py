"""`mmm cook`, the ordinary course: steps, commits, references, iterations, endings."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.cooking import playbook


def test_review_implement_test_repair_lint_until_nothing_is_left(tmp_path: Path) -> None:
    kitchen = (
        playbook(
            tmp_path,
            """
            - claude: "/mmm-code-review"
              id: review
            - claude: "/mmm-implement-spec ${review.spec}"
            - shell: "sh test.sh"
              on_failure:
                claude: "/mmm-fix-test --error ${shell.output}"
            - claude: "/mmm-lint"
            """,
        )
        .with_file("test.sh", 'test "$(cat answer)" = 42 || { echo wrong; echo really >&2; exit 1; }\n')
        .with_file("answer", "0\n")
        .with_agent(
            "/mmm-code-review",
            times=1,
            writes={"specs/temp/iteration-1-improvements.md": "# Improve\n"},
            commits="review: generate improvement spec for iteration-1-improvements",
            cost=0.02,
        )
        .with_agent("/mmm-code-review", text="nothing to improve")
        .with_agent("/mmm-implement-spec", writes={"answer": "41\n"}, cost=0.05)
        .with_agent("/mmm-fix-test", writes={"answer": "42\n"}, cost=0.01)
        .with_agent("/mmm-lint", text="nothing to lint")
    )
    cooked = kitchen.cook()
    assert cooked.exit_code == 0, cooked
    assert kitchen.subjects() == [
        "review: generate improvement spec for iteration-1-improvements",
        "mmm: /mmm-implement-spec specs/temp/iteration-1-improvements.md",
        "mmm: /mmm-fix-test --error wrong …",
    ]
    assert kitchen.scenario.prompts() == [
        "/mmm-code-review",
        "/mmm-implement-spec specs/temp/iteration-1-improvements.md",
        "/mmm-fix-test --error wrong\nreally",
        "/mmm-lint",
        "/mmm-code-review",
        "/mmm-lint",
    ]
    assert "Iterations: 2/10" in cooked.stdout
    assert "Reason: No more issues found" in cooked.stdout
    assert kitchen.git("status", "--porcelain") == ""
    state = json.loads((kitchen.repo / ".mmm" / "state.json").read_text())
    assert (state["total_runs"], state["last_status"], state["version"]) == (1, "succeeded", 1)
