"""Digests of the package's own code, so that a changed module reruns the steps that use it.

Snakemake sees the command of a rule, not the modules behind it. A digest covers a module and all
modules of this package that it imports, however indirectly; comments, docstrings and layout do
not count.
"""

import ast
import contextlib
import functools
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ecnet import files

_PACKAGE = Path(__file__).parents[1]
_NAME = _PACKAGE.name
_KEPT = Path(".snakemake/ecnet-code.json")

_new: set[str] = set()  # keys of what is not kept yet


class Read(NamedTuple):
    """What counts of a module: the names in its imports, and the digest of its code."""

    names: list[str]
    essence: str


@functools.cache
def digest(*modules: str) -> str:
    """Return a short digest of modules (`ecnet.prepare.sample`) and of all that they import."""
    summary = hashlib.sha256()
    for module in sorted(closure(*modules)):
        summary.update(f"{module}\0{_read(module).essence}\0".encode())
    _keep()
    return summary.hexdigest()[:16]


def closure(*modules: str) -> set[str]:
    """Return the named modules and all modules of this package that they import."""
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += imports(module)
    return found


@functools.cache
def imports(module: str) -> frozenset[str]:
    """Return the modules of this package that a module imports, its parent packages included."""
    names = {module.rpartition(".")[0]} if "." in module else set()
    names.update(_read(module).names)
    return frozenset(name for name in names if name and _file(name) is not None)


def _imported(node: ast.AST) -> Iterator[str]:
    """Yield what may be a module in an import statement."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file(module: str) -> Path | None:
    """Return the file of a module of this package; None if it is none of ours."""
    package, *path = module.split(".")
    if package != _NAME:
        return None
    place = _PACKAGE.joinpath(*path)
    for file in (place / "__init__.py", place.with_suffix(".py")):
        if file.is_file():
            return file
    return None


@functools.cache
def _read(module: str) -> Read:
    """Return what a module says; a file that was parsed before, by any run, is not parsed again."""
    file = _file(module)
    if file is None:
        raise LookupError(f"{module} is no module of {_NAME}")
    content = file.read_bytes()
    key = hashlib.sha256(content).hexdigest()
    if key not in _kept():
        tree = ast.parse(content)
        names = sorted({name for node in ast.walk(tree) for name in _imported(node)})
        _kept()[key] = names, hashlib.sha256(_text(tree).encode()).hexdigest()
        _new.add(key)
    return Read(*_kept()[key])


@functools.cache
def _kept() -> dict[str, tuple[list[str], str]]:
    """Return what was kept of files: by the digest of their bytes, and by how they are read."""
    with contextlib.suppress(OSError, ValueError):
        kept = json.loads(_KEPT.read_text(encoding="utf-8"))
        if isinstance(kept, dict) and kept.pop("read by", "") == _own():
            return kept
    return {}


def _keep() -> None:
    """Keep what was parsed for the next run, in a folder of Snakemake's."""
    if _new and _KEPT.parent.is_dir():
        _new.clear()
        files.write_text(_KEPT, json.dumps({"read by": _own(), **_kept()}))


@functools.cache
def _own() -> str:
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def _text(part: Any) -> str:
    """Return a part of a syntax tree as text without docstrings, the same in every Python.

    `ast.dump` is not: it shows the fields that newer versions add, or leaves out those that hold
    nothing.
    """
    if isinstance(part, list):
        return f"[{','.join([_text(item) for item in part if not _is_docstring(item)])}]"
    if not isinstance(part, ast.AST):
        return repr(part)
    held = [
        f"{name}={_text(value)}"
        for name in part._fields
        if (value := getattr(part, name, None)) is not None and value != []
    ]
    return f"{type(part).__name__}({','.join(held)})"


def _is_docstring(item: Any) -> bool:
    return isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant)
