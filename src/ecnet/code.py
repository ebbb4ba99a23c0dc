"""Digests of the package's own code, so that a changed module reruns the steps that use it.

Snakemake sees the command of a rule, not the modules behind it. A digest covers a module and all
modules of this package that it imports, however indirectly; comments, docstrings and layout do
not count.
"""

import ast
import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parent


@functools.cache
def digest(*modules: str) -> str:
    """Return a short digest of the named modules (`ecnet.sample`) and of all they import."""
    summary = hashlib.sha256()
    for module in sorted(closure(*modules)):
        summary.update(f"{module}\0{_essence(module)}\0".encode())
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
    for node in ast.walk(_tree(module)):
        names.update(_imported(node))
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
    if package != __package__:
        return None
    place = _PACKAGE.joinpath(*path)
    for file in (place / "__init__.py", place.with_suffix(".py")):
        if file.is_file():
            return file
    return None


@functools.cache
def _tree(module: str) -> ast.Module:
    file = _file(module)
    if file is None:
        raise LookupError(f"{module} is no module of {__package__}")
    return ast.parse(file.read_text(encoding="utf-8"))


@functools.cache
def _essence(module: str) -> str:
    """Return a module's code without comments, docstrings and layout."""
    return _text(_tree(module))


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
