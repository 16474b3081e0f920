"""What ``shell_places`` says about a place that takes no value, for the rules.

The rules are imported for every check, ``shell_places`` only where a script has a reference; by the time a
problem exists, it has been.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmm_lang.analysis.shell_places import Problem


def reason(problem: Problem) -> str:
    """What is wrong, to follow the reference's name."""
    from mmm_lang.analysis.shell_places import PROBLEMS

    return PROBLEMS[problem][0]


def advice(problem: Problem) -> str:
    """What to do about it."""
    from mmm_lang.analysis.shell_places import PROBLEMS

    return PROBLEMS[problem][1]
