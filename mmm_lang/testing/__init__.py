"""Tests of playbooks: `*.test.yml` files beside them, run offline and free (`spec/testing.md`)."""
