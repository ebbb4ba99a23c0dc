"""Model families, one module each, found by what they define.

The module of a family has
- `SCHEMA`: a literal dict, name of hyperparameter -> JSON Schema of its value. It is read from
  the source text, so that a check of params.yaml imports no library.
- `fit(train, validation, settings, seed)`: returns a `Model`. It never sees the test set.
- `load(tensors, settings, like)`: returns the `Model` whose `tensors()` these are; `settings` are
  the hyperparameters it was fitted with, `like` any `Records` of its dataset and split (for the
  number of features, ids and classes). Raises InputError if they do not fit together.

It may have
- `TASKS`, the tasks that it can do, where it cannot do both: a literal tuple;
- `NEEDS`, what it must find in records that not all datasets hold: `frames` or `bags`;
- `check(settings)`: raises InputError if hyperparameters rule each other out, whatever the data. It
  is called whenever a run is planned, so the import of such a module must load no heavy library.
- `check_machine(settings)`: raises InputError if this machine lacks what they need, such as a
  library of the system. It is called before the first job of a run, if jobs run on this machine.

A family whose SCHEMA has `device` and `precision` is computed by torch, on a GPU if they say so;
every other family is computed on the CPU.
"""

import ast
import functools
import importlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy.typing as npt

from ecnet.errors import InputError
from ecnet.prepare.records import FloatArray, Records

Settings = Mapping[str, Any]

ON_CPU = {"device": "cpu", "precision": "float32"}
"""The hyperparameters that say where and how precisely a network is computed, at their defaults."""

CONTROLS = ("majority", "stratified", "tree")
"""Families that learn next to nothing, which any useful model must beat."""

_FAMILY = re.compile(rb"^(SCHEMA\b|def fit\()", re.MULTILINE)
_EXAMPLE = 'SCHEMA = {"rounds": {"type": "integer", "minimum": 1}}'


class Model(Protocol):
    """A fitted model."""

    history: list[dict[str, float]]
    """One entry for each epoch or round, in order; may be empty. `step` counts them, `validation`
    is the score or loss on validation by which one was chosen; other keys may follow."""

    @property
    def parameters(self) -> int:
        """The number of fitted numbers."""

    def predict(self, records: Records) -> FloatArray:
        """Return class probabilities, (n, C) float32, rows adding up to 1."""

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """Return the weights as arrays by name; `weights.write` stores them."""


class Family(Protocol):
    """The module of one family."""

    def fit(self, train: Records, validation: Records, settings: Settings, seed: int) -> Model:
        """Fit on `train`; stop early and choose on `validation` alone."""

    def load(
        self, tensors: Mapping[str, npt.NDArray[Any]], settings: Settings, like: Records
    ) -> Model:
        """Return the model that has these `Model.tensors`."""


def names() -> list[str]:
    """Return the names of all families, sorted: of the modules here that have `SCHEMA` or `fit`."""
    files = Path(__file__).parent.glob("[!._]*.py")
    return sorted(file.stem for file in files if _FAMILY.search(file.read_bytes()))


def family(name: str) -> Family:
    """Import and return the family `name`."""
    module: Any = importlib.import_module(f"{__name__}.{name}")
    return module  # type: ignore[no-any-return]


def check(name: str, settings: Settings) -> None:
    """Stop if hyperparameters of the family `name` rule each other out, whatever the data.

    Raises:
        InputError: they do.
    """
    _call(name, "check", settings)


def check_machine(name: str, settings: Settings) -> None:
    """Stop if this machine lacks what hyperparameters of the family `name` need.

    Raises:
        InputError: it does.
    """
    _call(name, "check_machine", settings)


def _call(name: str, function: str, settings: Settings) -> None:
    """Call a function of a family if it has one; the family is imported only then."""
    functions = (node.name for node in parsed(name).body if isinstance(node, ast.FunctionDef))
    if function in functions:
        module: Any = family(name)
        getattr(module, function)(settings)


@functools.cache  # a plan asks 26 times, and to check a schema takes 9 ms
def schema(name: str) -> dict[str, Any]:
    """Return the family's SCHEMA, read from its source without importing it.

    Raises:
        InputError: the source has none, or one that is not a literal dict of JSON Schemas.
    """
    import jsonschema  # takes 0.2 s, and only a plan needs it

    place = _place(name)
    try:
        value: dict[str, Any] = _literal(name, "SCHEMA", None)
        if value is None:
            raise InputError(f"{place}: has no SCHEMA; add one: {_EXAMPLE}")
        jsonschema.Draft202012Validator.check_schema({"type": "object", "properties": value})
    except (TypeError, ValueError) as error:
        why = f"SCHEMA is not a literal dict ({error}); write it out"
        raise InputError(f"{place}: {why}: {_EXAMPLE}") from error
    except jsonschema.SchemaError as error:
        key = ".".join(["SCHEMA", *map(str, list(error.absolute_path)[1:])])
        why = f"{key} is {error.instance!r:.80}, which is not a JSON Schema; for example"
        raise InputError(f"{place}: {why}: {_EXAMPLE}") from error
    return value


def tasks(name: str) -> tuple[str, ...]:
    """Return the tasks that the family `name` can do, by its source."""
    stated: tuple[str, ...] = _literal(name, "TASKS", ("multiclass", "binary"))
    return stated


def needs(name: str) -> str:
    """Return what the family `name` must find in records; empty if any records do."""
    stated: str = _literal(name, "NEEDS", "")
    return stated


def _literal(name: str, constant: str, otherwise: Any) -> Any:
    """Return a constant of a family, read from its source without importing it."""
    stated = [found for node in parsed(name).body if (found := _assigned(node, constant))]
    return ast.literal_eval(stated[-1]) if stated else otherwise


def _place(name: str) -> str:
    """Return the file of a family, as errors name it."""
    return f"ecnet/models/{name}.py"


@functools.cache
def parsed(name: str) -> ast.Module:
    """Return the source of a family, parsed (InputError if it is not Python)."""
    try:
        return ast.parse((Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise InputError(
            f"{_place(name)}: line {error.lineno} is not Python ({error.msg})"
        ) from error
    except (OSError, ValueError) as error:
        raise InputError(f"{_place(name)}: cannot be read ({error})") from error


def _assigned(node: ast.stmt, name: str) -> ast.expr | None:
    """Return what a statement assigns to a name, annotated or not; None for any other."""
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return None
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return node.value if name in [ast.unparse(target) for target in targets] else None
