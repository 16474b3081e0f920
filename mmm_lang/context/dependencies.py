"""`dependency_graph.json`: modules and imports as node-link data, which networkx reads back."""

from __future__ import annotations

from mmm_lang.context.document import LONGEST, Document
from mmm_lang.context.findings import Findings


def dependency_document(findings: Findings) -> Document:
    """The document."""
    imports = findings.imports
    return {
        "version": 1,
        "directed": True,
        "multigraph": False,
        "graph": {},
        "nodes": [
            {
                "id": name,
                "language": module.language,
                "role": module.role,
                "lines": module.lines,
                "code_lines": module.code_lines,
                "layer": imports.layers[name],
                "files": len(module.files),
            }
            for name, module in imports.modules.items()
        ],
        "edges": [
            {"source": edge.source, "target": edge.target, "kind": edge.strength, "count": edge.count}
            for edge in imports.edges
        ],
        "cycles": [{"modules": list(members), "way": list(way)} for members, way in imports.cycles],
        "packages": [
            {"language": one.language, "name": one.name, "origin": one.origin, "modules": one.modules}
            for one in imports.packages
        ],
        "unresolved_total": len(imports.lost),
        "unresolved": [
            {"module": module, "target": target, "line": line}
            for module, target, line in imports.lost[:LONGEST]
        ],
    }
