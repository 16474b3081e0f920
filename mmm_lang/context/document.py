"""What a document of the context is."""

from __future__ import annotations

Document = dict[str, object]
"""A document as JSON."""

LONGEST = 500
"""Entries of a list that could go on for ever; how many there are in all stands beside it."""
