"""Tests of the facts and rules about a playbook."""
