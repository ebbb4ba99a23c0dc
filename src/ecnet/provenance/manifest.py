"""The provenance of a run: what its numbers depend on, to explain a change of them."""

import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ecnet.errors import InputError
from ecnet.files import read_json, sha256, write_json

_LIBRARIES = (
    *("numpy", "torch", "xgboost-cpu", "lightgbm", "scikit-learn"),
    *("scipy", "statsmodels", "scikit-posthocs"),
)

# The instruction sets by which PyTorch, OpenBLAS and XGBoost choose kernels; sums in another order
# differ in their last digits.
_X86 = ("sse4_2", "avx", "f16c", "fma", "avx2", "avx512f", "avx512dq", "avx512bw", "avx512vl")
_X86_NARROW = ("avx512_vnni", "avx512_bf16", "amx_bf16")
_ARM = ("asimd", "sve", "bf16")
_INSTRUCTIONS = frozenset((*_X86, *_X86_NARROW, *_ARM))

# Environment variables that make them choose other kernels.
_FORCED = ("ATEN_CPU_CAPABILITY", "OPENBLAS_CORETYPE")

_CPUINFO = Path("/proc/cpuinfo")


def provenance(
    *, counts: Sequence[Path], lock: Path, output: Path, settings: Mapping[str, Any]
) -> None:
    """Write the provenance of the results of a run, as JSON.

    counts: what `merge` counted, one file for each dataset. lock: requirements.lock.
    settings: params (section -> digest), code (step -> digest), threads (of a training job).
    output: those and the digest of the lock; dataset -> source and SHA-256 of its raw files; the
        processor and the libraries of this machine. The same machine writes the same bytes.

    Raises:
        InputError: a file cannot be read, or a library is not installed.
    """
    write_json(
        output,
        {
            "params": settings["params"],
            "code": settings["code"],
            "lock": _digest(lock),
            "datasets": dict(_dataset(path) for path in sorted(counts)),
            "processor": _processor() | {"threads": settings["threads"]},
            "libraries": libraries(),
        },
    )


def described(cpuinfo: str) -> dict[str, Any]:
    """Return model and instruction sets of the first processor in the text of /proc/cpuinfo.

    A value that the text lacks is empty: on ARM, the model.
    """
    lines = (line.partition(":") for line in cpuinfo.split("\n\n")[0].splitlines())
    fields = {key.strip(): value.strip() for key, _, value in lines}
    flags = fields.get("flags", fields.get("Features", "")).split()
    return {
        "model": fields.get("model name", ""),
        "instructions": sorted(_INSTRUCTIONS.intersection(flags)),
    }


def _processor() -> dict[str, Any]:
    text = _CPUINFO.read_text(encoding="utf-8") if _CPUINFO.exists() else ""  # only on Linux
    forced = {name: os.environ[name] for name in _FORCED if name in os.environ}
    return {"architecture": platform.machine(), **described(text), "forced": forced}


def libraries() -> dict[str, str]:
    """Return the version of Python and of each numerical library, without importing them.

    Raises:
        InputError: one is not installed.
    """
    try:
        return {"python": platform.python_version()} | {name: version(name) for name in _LIBRARIES}
    except PackageNotFoundError as error:
        raise InputError(f"{error.name}: is not installed; run make install") from error


def _dataset(counts: Path) -> tuple[str, dict[str, Any]]:
    counted = read_json(counts)
    try:
        files = {file["file"]: file["sha256"] for file in counted["files"]}
        return counted["dataset"], {"source": counted["source"], "files": files}
    except (KeyError, TypeError) as error:
        raise InputError(f"{counts}: lacks the key {error}; run the merge step again") from error


def _digest(path: Path) -> str:
    try:
        return sha256(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
