"""Go: gofmt, vet, test."""

from __future__ import annotations

from mmm_lang.commands.folder import Folder
from mmm_lang.commands.toolchain import Task, Toolchain


def go_toolchain(folder: Folder) -> Toolchain:
    """The tools of a module: ``folder`` holds a ``go.mod``."""
    golangci: tuple[Task, ...] = ()
    if folder.has_around(".golangci.yml", ".golangci.yaml", ".golangci.toml", ".golangci.json"):
        golangci = (
            Task("fix", "golangci-lint run --fix", "golangci-lint run"),
            Task("lint", "golangci-lint run", "golangci-lint run"),
        )
    return Toolchain(
        "go",
        "Go",
        folder.path,
        (
            Task("format", "gofmt -w .", "gofmt -w"),
            Task("format_check", "gofmt -l .", "gofmt -l", "prints the files that are not formatted"),
            *golangci,
            Task("lint", "go vet ./...", "go vet"),
            Task("build", "go build ./...", "go build ./..."),
            Task("test", "go test ./...", "go test"),
            Task("one_test", "go test -run '^NAME$' ./PACKAGE", "go test"),
            Task("coverage", "go test -cover ./...", "go test"),
            Task("audit", "govulncheck ./...", "govulncheck", "needs `govulncheck` installed"),
            Task("bench", "go test -run NONE -bench . -benchmem ./...", "go test"),
        ),
        "`_test.go` files beside the code, table-driven with `t.Run`; examples as `Example…` functions",
    )
