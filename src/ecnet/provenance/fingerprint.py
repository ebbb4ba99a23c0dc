"""Digests of the package's own code, so that a changed module reruns the steps that use it.

Snakemake sees the command of a rule, not the modules that it uses. A digest covers a module and all
modules of this package that it imports, directly or not, without comments, docstrings and layout.
"""

import ast
import contextlib
import functools
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ecnet import files

_PACKAGE = Path(__file__).parents[1]
_NAME = _PACKAGE.name
_KEPT = Path(".snakemake/ecnet-code.json")

_new: set[str] = set()  # keys of files that the cache on disk lacks


class Read(NamedTuple):
    """The names in a module's imports, and the digest of its code."""

    names: list[str]
    essence: str


@functools.cache
def digest(*modules: str) -> str:
    """Return a short digest of modules (`ecnet.prepare.sample`) and of all their imports."""
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
    """Return the modules of this package that a module imports, including parent packages."""
    names = {module.rpartition(".")[0]} if "." in module else set()
    names.update(_read(module).names)
    return frozenset(name for name in names if name and _file(name) is not None)


def libraries(module: str) -> frozenset[str]:
    """Return the top-level modules that a module imports, but for this package and Python's own."""
    names = {name.partition(".")[0] for name in _read(module).names}
    return frozenset(names - sys.stdlib_module_names - {_NAME})


def _imported(node: ast.AST) -> Iterator[str]:
    """Yield the names in an import statement that may be modules."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file(module: str) -> Path | None:
    """Return the file of a module of this package; None for any other name."""
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
    """Return imports and digest of a module; a file is parsed once, also over several runs."""
    file = _file(module)
    if file is None:
        raise LookupError(f"{module} is not a module of {_NAME}")
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
    """Return the cached imports and digests, by SHA-256 of the files; empty after a change here."""
    with contextlib.suppress(OSError, ValueError):
        kept = json.loads(_KEPT.read_text(encoding="utf-8"))
        if isinstance(kept, dict) and kept.pop("read by", "") == _own():
            return kept
    return {}


def _keep() -> None:
    """Write the cache for the next run, to Snakemake's folder."""
    if _new and _KEPT.parent.is_dir():
        _new.clear()
        files.write_text(_KEPT, json.dumps({"read by": _own(), **_kept()}))


@functools.cache
def _own() -> str:
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def _text(part: Any) -> str:
    """Return a part of a syntax tree as text without docstrings, equal in all versions of Python.

    `ast.dump` differs between versions, which add fields or omit empty ones.
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
