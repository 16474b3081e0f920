"""An agent that does what the real slash commands would: review once, implement, repair, lint."""

from __future__ import annotations

from tests.support.cooking import Kitchen

REVIEWS = (
    "mmm-code-review",
    "mmm-analyze-coverage",
    "mmm-security-audit",
    "mmm-performance-review",
    "mmm-performance",
    "mmm-coverage",
    "mmm-test-generate",
    "mmm-docs-generate",
    "mmm-cleanup-tech-debt",
)
"""Commands that write a spec and commit it, and find nothing the second time."""


def with_real_commands(kitchen: Kitchen) -> Kitchen:
    """The agent reviews once, implements what was found, repairs, and lints when there is something to lint."""
    for number, review in enumerate(REVIEWS):
        kind = review.removeprefix("mmm-")
        spec = f"specs/temp/iteration-170812345{number}-{kind}-improvements.md"
        kitchen.with_agent(
            f"/{review}", times=1, writes={spec: "# Improve\n"}, commits=f"review: generate {spec}", cost=0.02
        )
        kitchen.with_agent(f"/{review}", text="nothing found")
    for number in range(6):
        kitchen.with_agent(
            "/mmm-implement-spec",
            times=1,
            writes={f"src/part{number}": f"better {number}\n"},
            sh="rm -f specs/temp/*.md",
            commits=f"fix: apply improvements {number}",
            cost=0.05,
        )
    kitchen.with_agent("/mmm-implement-spec", text="nothing to implement")
    kitchen.with_agent("/mmm-write-tests", times=1, writes={"tests/new": "assert\n"}, cost=0.03)
    kitchen.with_agent("/mmm-write-tests", text="all written")
    for repair in ("mmm-fix-test", "mmm-debug-test-failure"):
        kitchen.with_agent(f"/{repair}", writes={"fixed": "yes\n"}, cost=0.02)
    kitchen.scenario.on("The documentation does not build", writes={"fixed": "yes\n"}, cost=0.02)
    kitchen.with_agent("/mmm-lint", times=1, writes={"style": "neat\n"}, commits="style: apply fixes")
    for quiet in ("mmm-lint", "mmm-test-run", "mmm-analyze-results", "mmm-security-validate"):
        kitchen.with_agent(f"/{quiet}", text="nothing to do")
    return kitchen
