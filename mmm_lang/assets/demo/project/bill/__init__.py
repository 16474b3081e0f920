"""Adds up a bill and splits it between people."""
