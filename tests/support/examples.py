"""The playbooks that ship with mmm, without their tests."""

from __future__ import annotations

from pathlib import Path

_EXAMPLES = Path(__file__).parents[2] / "examples"


def example_playbooks() -> list[Path]:
    """Their paths, sorted."""
    return sorted(path for path in _EXAMPLES.glob("*.yml") if not path.name.endswith(".test.yml"))
