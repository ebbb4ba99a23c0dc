"""Export a trained model: one folder with all that scoring needs, and a model card."""

import platform
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from safetensors.numpy import save_file

from ecnet import files, paths
from ecnet.errors import InputError
from ecnet.evaluate import c, probes
from ecnet.evaluate.scoring import trained
from ecnet.evaluate.scoring.trained import Trained
from ecnet.models import weights as stored
from ecnet.prepare import records
from ecnet.report import model_card
from ecnet.report.model_card import C_FOLDER, Checked
from ecnet.seeds import Run

MODEL, WEIGHTS, ENCODER, FIT = (
    Path(pattern).name for pattern in (paths.MODEL, paths.WEIGHTS, paths.ENCODER, paths.FIT)
)
ONNX = "model.onnx"
CARD = "README.md"

_VECTOR = 200
"""Records with which the C of a model is tested."""

_LIBRARIES = ("ecnet", "numpy", "pandas", "scipy", "numba", "torch", "xgboost-cpu", "scikit-learn")


def export(
    model: Path,
    folder: Path,
    *,
    run: str = "",
    encoder: Path | None = None,
    to: Literal["onnx", "c"] | None = None,
    weights: Literal["float32", "int8"] = "float32",
) -> None:
    """Write a folder with all that scoring with a trained model needs, and a model card.

    The folder holds one run of the variant: model.json, weights, encoder, the encoded train records
    by which drift is measured, the metrics, and README.md, the card. `ecnet score` takes it as
    MODEL. The same model gives the same bytes.

    model: the folder of a trained variant: results/models/TASK/DATASET/VARIANT.
    folder: written; it must be new, or empty.
    run: the run of the variant, such as 1-1 (split and weights); empty: the first.
    encoder: the encoder.json that the model was trained with; not given: where the project of the
        model has it.
    to: also write the model in this form, with the encoder in it. onnx: model.onnx. It is compared
        with the model first; nothing is written if a probability differs by more than 0.00001.
        c: C99 for a device, in FOLDER/c; `make check` there compares it with the model.
    weights: of the C of a network: float32, or int8, a fourth of the size and less exact.

    Raises:
        InputError: the model cannot be read, the folder is not empty, or the model has no such
            form, or an ONNX form that differs.
    """
    loaded = trained.load(model, run, encoder)
    if to == "c":
        c.check(loaded)
    with files.atomic_folder(folder) as temporary:
        _write(loaded, temporary)
        exported = trained.load(temporary)
        checked = _to_onnx(exported, temporary / ONNX, of=loaded) if to == "onnx" else None
        if to == "c":
            (temporary / C_FOLDER).mkdir()
            c.write(exported, temporary / C_FOLDER, weights, c.vector(loaded, _VECTOR))
        card = model_card.text(exported, model_card.controls(loaded), checked)
        files.write_text(temporary / CARD, card)
    print(f"{folder}: run {loaded.run.name} of {loaded.described['variant']}")
    if checked:
        print(f"{folder / ONNX}: {checked}")
    if to == "c":
        print(
            f"{folder / C_FOLDER}: compare it with the model by: make -C {folder / C_FOLDER} check"
        )


def _write(loaded: Trained, folder: Path) -> None:
    """Write the files of one run: weights, encoder, train records, metrics, and what they are."""
    run, described = loaded.run, loaded.described
    stored.write(folder / WEIGHTS, {run.name: stored.read(loaded.folder / WEIGHTS, run.name)})
    content, split = records.read_encoder(loaded.encoder, described["dataset"]), str(run.split)
    files.write_json(folder / ENCODER, content | {"seeds": {split: content["seeds"][split]}})
    if (fit := loaded.encoder.parent / FIT).is_file():
        with files.atomic(folder / FIT) as temporary:
            save_file(records.tensors(fit, run.split, "train"), temporary)
    if found := trained.metrics_file(loaded):
        metrics = files.read_object(found, "evaluate", ("runs",))
        own = {name: of for name, of in metrics["runs"].items() if name == run.name}
        files.write_json(folder / trained.METRICS, metrics | {"runs": own})
    changed = {
        "weights_sha256": files.sha256(folder / WEIGHTS),
        "encoder_sha256": files.sha256(folder / ENCODER),
        "runs": [one for one in described["runs"] if Run(one["split"], one["weights"]) == run],
        "exported": described.get("exported", _origin(loaded)),
    }
    files.write_json(folder / MODEL, described | changed)


def _origin(loaded: Trained) -> dict[str, Any]:
    """Return what the exported files come from: digests of the model and of the raw files.

    data: name of a file -> SHA-256; None if the model's project does not hold the counts of its
    sample. software: at the export.
    """
    return {
        **{key: loaded.described[key] for key in ("weights_sha256", "encoder_sha256")},
        "data": _raw(trained.project(loaded.folder.resolve()), loaded.dataset.name),
        "software": {"python": platform.python_version()} | dict(_versions()),
    }


def _raw(project: Path, dataset: str) -> dict[str, str] | None:
    """Return the SHA-256 of the files that a sample was made of; for a union of all its parts."""
    counts = project / paths.COUNTS.format(dataset=dataset)
    if not counts.is_file():
        return None
    try:
        listed = files.read_object(counts, "merge", ("files",))["files"]
        found = {str(one["file"]): str(one["sha256"]) for one in listed}
    except (KeyError, TypeError) as error:
        raise InputError(f"{counts}: lacks {error}; run the merge step again") from error
    for part in [name for name in found if name.endswith(".parquet")]:
        name = part.removesuffix(".parquet")
        found |= {f"{name}/{file}": of for file, of in (_raw(project, name) or {}).items()}
    return found


def _versions() -> Iterator[tuple[str, str]]:
    for name in _LIBRARIES:
        with suppress(PackageNotFoundError):  # a model of another family needs no such library
            yield name, version(name)


def _to_onnx(exported: Trained, path: Path, *, of: Trained) -> Checked:
    """Write the ONNX file of a model after a check against the model itself.

    of: the model where it was trained, whose project may hold its test records.

    Raises:
        InputError: a package is missing, the family has no ONNX form, or a probability differs.
    """
    try:
        from ecnet.evaluate import onnx
        from ecnet.evaluate.onnx import check
    except ImportError as error:
        raise InputError(
            f"--to onnx: needs the package {error.name}; run: pip install 'ecnet[onnx]'"
        ) from error
    file = onnx.build(exported)
    held_out, made_up = probes.held_out(of), probes.made_up(exported)
    compared = [made_up] if held_out is None else [held_out, made_up]
    largest = max(check.difference(file, exported, given) for given in compared)
    if not largest <= check.LIMIT:
        raise InputError(
            f"{path.name}: a probability differs by {largest:.2g} from that of {of.folder}, more "
            f"than {check.LIMIT:g}; nothing is written; leave out --to onnx"
        )
    with files.atomic(path) as temporary:
        temporary.write_bytes(file)
    return Checked(largest, 0 if held_out is None else len(held_out), len(made_up))
