"""What mmm has to say about a text, and how it is shown.

``Diagnostic`` is one immutable value; the renderers in ``render_*.py`` are pure functions of it.
"""

from mmm_lang.diagnostics.model import Applicability, Diagnostic, Edit, Fix, Label, Severity

__all__ = ["Applicability", "Diagnostic", "Edit", "Fix", "Label", "Severity"]
