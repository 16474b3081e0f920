"""Rust: cargo, rustfmt, clippy."""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.commands.folder import Folder, table
from mmm_lang.commands.toolchain import Task, Toolchain


def rust_toolchain(folder: Folder) -> Toolchain:
    """The tools of a crate or workspace: ``folder`` holds a ``Cargo.toml``."""
    manifest = folder.toml("Cargo.toml")
    all_crates = " --workspace" if "workspace" in manifest else ""
    by_nextest = folder.has(".config/nextest.toml")
    return Toolchain(
        "rust",
        "Rust",
        folder.path,
        (
            Task("format", "cargo fmt --all", "cargo fmt"),
            Task("format_check", "cargo fmt --all -- --check", "cargo fmt"),
            Task(
                "fix",
                f"cargo clippy{all_crates} --all-targets --fix --allow-dirty --allow-staged",
                "cargo clippy",
            ),
            Task("lint", f"cargo clippy{all_crates} --all-targets -- -D warnings", "cargo clippy"),
            Task("build", f"cargo build{all_crates} --all-targets", "cargo build"),
            *_tests(all_crates, by_nextest=by_nextest),
            Task("one_test", "cargo nextest run NAME", "cargo nextest run")
            if by_nextest
            else Task("one_test", "cargo test NAME", "cargo test"),
            _coverage(folder, all_crates),
            _audit(folder),
            *_benches(folder),
            Task("docs", f"cargo doc{all_crates} --no-deps", "cargo doc"),
        ),
        "unit tests in `#[cfg(test)] mod tests` beside the code, integration tests in `tests/`, examples in doc comments",
    )


def _tests(all_crates: str, *, by_nextest: bool) -> Iterator[Task]:
    """Nextest runs no doc tests, so cargo does."""
    if by_nextest:
        yield Task("test", f"cargo nextest run{all_crates}", "cargo nextest run")
    yield Task("test", f"cargo test{all_crates}{' --doc' if by_nextest else ''}", "cargo test")


def _coverage(folder: Folder, all_crates: str) -> Task:
    if folder.has("tarpaulin.toml", ".tarpaulin.toml"):
        return Task(
            "coverage", "cargo tarpaulin --skip-clean", "cargo tarpaulin", "needs `cargo-tarpaulin` installed"
        )
    line = f"cargo llvm-cov{all_crates} --summary-only"
    return Task("coverage", line, "cargo llvm-cov", "needs `cargo-llvm-cov` installed")


def _audit(folder: Folder) -> Task:
    if folder.has("deny.toml", ".cargo/deny.toml"):
        return Task("audit", "cargo deny check", "cargo deny check", "needs `cargo-deny` installed")
    return Task("audit", "cargo audit", "cargo audit", "needs `cargo-audit` installed")


def _benches(folder: Folder) -> tuple[Task, ...]:
    declared = table(folder.toml("Cargo.toml")).get("bench")
    if declared or folder.has("benches/*.rs", "*/benches/*.rs"):
        return (Task("bench", "cargo bench", "cargo bench"),)
    return ()
