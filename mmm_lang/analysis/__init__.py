"""From the tree of a playbook to a verdict: facts first, then rules.

Facts (``outline``, ``keys``, ``sites``, ``scopes``, ``flow``, ``guards``) are computed once; a rule is one file
under ``rules/`` that only reads them. ``check.analyse`` is the door.
"""
