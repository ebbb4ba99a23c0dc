"""The folder of a model by the name of a DVC artifact, as dvc.yaml of this folder declares it.

dvc.yaml is only read: no module of DVC is imported, and nothing is fetched.
"""

from pathlib import Path
from typing import Any

from ecnet import paths
from ecnet.config import params_file
from ecnet.errors import InputError

DECLARED = Path("dvc.yaml")


def folder(model: Path) -> Path:
    """Return the folder of a model: the path itself, or that of the artifact of this name.

    Raises:
        InputError: it is neither a folder nor an artifact, or the artifact is not in the work tree.
    """
    if model.is_dir() or not DECLARED.is_file():
        return model
    artifacts = params_file.read(DECLARED).get("artifacts")
    known = artifacts if isinstance(artifacts, dict) else {}
    if model.as_posix() not in known:
        named = ", ".join(known) or "none"
        raise InputError(
            f"{model}: is no folder, and no artifact of {DECLARED}; the artifacts are: {named}"
        )
    place = _place(model, known[model.as_posix()])
    if not (place / Path(paths.MODEL).name).is_file():
        encoded = Path(paths.ENCODER.format(dataset=place.parent.name, protocol="")).parent
        raise InputError(
            f"{model}: its folder {place} is not here; fetch it with: dvc pull {place} {encoded}"
        )
    return place


def _place(model: Path, declared: Any) -> Path:
    """Return the folder of an artifact; it has to be below this folder."""
    given = declared.get("path") if isinstance(declared, dict) else None
    if not isinstance(given, str) or Path(given).is_absolute() or ".." in Path(given).parts:
        raise InputError(
            f"{DECLARED}: artifacts.{model}.path is {given!r:.80}; write the path of a folder "
            "below this one"
        )
    return Path(given)
