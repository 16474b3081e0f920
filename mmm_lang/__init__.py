"""mmm: bounded, declarative AI development workflows.

A playbook flows one way through the rooms of this package::

    text --> syntax --> analysis --> plan --> runtime --> commits

Nothing is imported here but the version, so that ``mmm --version`` and ``mmm check`` start at once.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
