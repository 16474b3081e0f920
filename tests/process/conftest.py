from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest

from mmm_lang.process import sweep
from mmm_lang.process.client import Keeper
from mmm_lang.process.model import Command


@pytest.fixture
def keeper():
    """A keeper with little patience; after it, nothing of its session may be left."""
    with Keeper.start(f"test-{uuid.uuid4().hex}", grace=0.3) as started:
        yield started
    assert sweep.marked(started.mark) == []


@pytest.fixture
def command(tmp_path: Path):
    """``command(*argv, **fields)``: in ``tmp_path``, with our environment and a fresh folder for each."""
    made = []

    def make(*argv: str, **fields) -> Command:
        made.append(argv)
        fields = {
            "cwd": str(tmp_path),
            "env": dict(os.environ),
            "folder": str(tmp_path / "steps" / str(len(made))),
            **fields,
        }
        return Command(argv, **fields)

    return make
