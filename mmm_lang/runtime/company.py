"""What a session shares with others that run in the same process."""

from __future__ import annotations

from attrs import field, frozen

from mmm_lang.runtime.purse import Purse
from mmm_lang.runtime.signals import OfTheProcess, Signals


@frozen
class Company:
    """``purse``: what all of them may use together. ``signals``: where it hears that it is to stop. ``label``: what the
    others call it in a sentence (`item 3, specs/a.md`). Without other word: a session alone, in the main thread."""

    purse: Purse = field(factory=Purse)
    signals: Signals = field(factory=OfTheProcess)
    label: str = ""
