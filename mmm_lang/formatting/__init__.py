"""Playbooks as they are best read: layout, order of keys, spelling, and older forms as those of today."""
