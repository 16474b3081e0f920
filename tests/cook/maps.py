"""Maps in a test: what their journal says, and `mmm` in their repository."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.support.cooking import Cooked, Kitchen


def mmm(kitchen: Kitchen, command: str, *arguments: str, **env: str) -> Cooked:
    """Run `mmm COMMAND` in the repository to its end."""
    words = [sys.executable, "-m", "mmm_lang", *command.split(), *arguments, "--path", str(kitchen.repo)]
    done = subprocess.run(
        words, env=kitchen.env(**env), capture_output=True, text=True, timeout=240, check=False
    )
    return Cooked(done.returncode, done.stdout, done.stderr)


def map_id(kitchen: Kitchen) -> str:
    """The one map of the repository."""
    [found] = [
        folder.name
        for folder in kitchen.sessions()
        if (folder / "checks.json").exists() or '"map_started"' in first_line(folder / "journal.jsonl")
    ]
    return found


def first_line(path) -> str:
    return path.read_text().partition("\n")[0] if path.exists() else ""


def map_events(kitchen: Kitchen) -> list[dict[str, object]]:
    """The journal of the map."""
    folder = kitchen.repo / ".git" / "mmm" / "sessions" / map_id(kitchen)
    return [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]


def map_story(kitchen: Kitchen) -> list[tuple[object, ...]]:
    """Event by event its name, and the number of the item that it is about."""
    return [
        (one["event"], one["index"]) if "index" in one else (one["event"],) for one in map_events(kitchen)
    ]


def part_names(kitchen: Kitchen) -> list[str]:
    """The sessions of the map, as `001`, `reduce` and so on."""
    begins = f"{map_id(kitchen)}-"
    return [one.name.removeprefix(begins) for one in kitchen.sessions() if one.name.startswith(begins)]
