"""The digest of the code that a rule uses, so that Snakemake reruns what an edit touches and nothing else.

Snakemake notices an edited script, by its time and down to a comment, and not an edited module that the script imports.
The profiles therefore switch its trigger ``code`` off, and every rule carries ``params: code=...``: the digest of its
script, of all modules of ours that it reaches by imports, and of its shell command. Comments, docstrings, layout and
times of files do not count: a better comment must not retrain a model.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from radonc.runtime.hashing import hash_file, hash_text

LIBRARY = Path(__file__).resolve().parents[1]
PACKAGE = LIBRARY.name


@cache
def digest(script: str | Path, command: str = "") -> str:
    """Return the digest (64 hex digits) of a script, its shell command, and all library files that it reaches."""
    script = Path(script)
    parts = [command, _read(script).fingerprint]
    for path in sorted(reachable(script)):
        fingerprint = _read(path).fingerprint if path.suffix == ".py" else hash_file(path)
        parts.append(f"{path.relative_to(LIBRARY)} {fingerprint}")
    return hash_text("\n".join(parts))


def reachable(script: Path) -> set[Path]:
    """Return the library's files that a Python file reaches by imports, at any depth: modules, and data beside them."""
    found: set[Path] = set()
    waiting = [script]
    while waiting:
        new = _read(waiting.pop()).imports - found
        found |= new
        waiting += new
    return found | {data for path in found for data in _data_beside(path)}


def _files_of(module: str) -> list[Path]:
    """Return the file of a module and those of the packages above it (they run first)."""
    parts = module.split(".")[1:]
    files = [LIBRARY.joinpath(*parts[:depth], "__init__.py") for depth in range(len(parts) + 1)]
    files += [LIBRARY.joinpath(*parts).with_suffix(".py")] if parts else []
    return [file for file in files if file.exists()]


def _data_beside(module: Path) -> set[Path]:
    """Return a module's data files: those beside it with its name, such as ``report.html.j2`` of ``report.py``."""
    return {file for file in module.parent.glob(f"{module.stem}.*") if file.suffix not in {".py", ".pyc"}}


class _Code(NamedTuple):
    fingerprint: str
    imports: frozenset[Path]


@cache
def _read(path: Path) -> _Code:
    """Return the digest of a Python file without comments, docstrings and layout, and the files that it imports."""
    # Every job on a cluster reads a hundred modules in this way: each is parsed and walked through once.
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    files = frozenset(file for name in names if name.split(".")[0] == PACKAGE for file in _files_of(name))
    return _Code(hash_text(ast.dump(tree)), files)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements below a node, at any depth, and take out those that do nothing: ``pass`` and docstrings."""
    for name in ("body", "handlers", "orelse", "finalbody", "cases"):
        block = getattr(node, name, [])
        block[:] = [child for child in block if not _is_idle(child)]
        for child in block:
            yield child
            yield from _statements(child)


def _is_idle(node: ast.AST) -> bool:
    text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return text or isinstance(node, ast.Pass)
