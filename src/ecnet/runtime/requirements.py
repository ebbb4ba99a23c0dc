"""What the jobs of a run need of this machine: libraries and a GPU, looked at before the first."""

from collections.abc import Collection, Iterable, Iterator
from importlib.util import find_spec

from ecnet import models
from ecnet.config.params import Params, hyperparameters
from ecnet.errors import InputError
from ecnet.models import engines
from ecnet.plan import combinations
from ecnet.provenance import fingerprint, manifest
from ecnet.render import catalogue
from ecnet.runtime.commands import COMMANDS

_EXTRA = ("mlflow", "onnx", "onnxruntime")
"""Libraries of extras of the package: no job imports them."""


def check(params: Params, unused: Collection[str] = ()) -> None:
    """Stop if this machine lacks what jobs need; found later, it costs all that was trained.

    unused: the variants of which no job trains a model.

    Raises:
        InputError: a library is not installed, or there is no GPU where params.yaml asks for one.
    """
    kept = {name: of for name, of in params["variants"].items() if name not in unused}
    params = {**params, "variants": kept}
    _stop(_missing(params))
    manifest.libraries()
    refused = combinations.refused(params, models.check_machine)
    _stop(f"params.yaml: {line}" for line in refused)
    on_gpu = (hyperparameters(params, name).get("device") == "cuda" for name in kept)
    if any(on_gpu) and not engines.sees_gpu():
        raise InputError(f"params.yaml: {engines.NO_GPU}")


def _stop(errors: Iterable[str]) -> None:
    if lines := list(errors):
        raise InputError("\n".join(lines))


def _missing(params: Params) -> Iterator[str]:
    """Yield a line for each library that a step or a family imports and that is not installed."""
    used = {f"ecnet.{place.partition(':')[0]}" for place, _ in COMMANDS.values()}
    used |= {f"ecnet.models.{line['family']}" for line in params["variants"].values()}
    used.update(*map(catalogue.modules, catalogue.JOBS))
    seen: set[str] = set()
    for module in sorted(fingerprint.closure(*used)):
        for library in sorted(fingerprint.libraries(module) - {*seen, *_EXTRA}):
            seen.add(library)
            if find_spec(library) is None:
                yield f"{library}: is not installed, and {module} needs it; run make install"
