"""No code in an input file is run: no loader can run it, and none does."""

import ast
import os
import pickle
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import learnable
import numpy as np
import pytest
import smallsettings

from ecnet import files
from ecnet.errors import InputError
from ecnet.evaluate import evaluate, predict
from ecnet.models.weights import write
from ecnet.prepare import records, split
from ecnet.train import train

ROOT = Path(__file__).parents[2]
MODULES = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "jsonpickle"}
CALLS = {
    *("eval", "exec", "compile", "__import__", "read_pickle", "to_pickle", "unsafe_load"),
    *("full_load", "system", "popen", "getoutput", "getstatusoutput"),
}
LOADERS = {"torch.load", "np.load", "numpy.load", "yaml.load", "yaml.load_all"}
RULES = sorted(ROOT.glob("workflow/rules/*.smk"))


def sources() -> Iterator[Path]:
    for folder in ("src", "bench"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def dangers(tree: ast.AST) -> Iterator[str]:
    """Yield the calls in a module that can run code in a file or a text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            yield f"from {node.module}"
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            bare = called.rpartition(".")
            if (bare[2] in CALLS and bare[0] != "re") or called in LOADERS:
                yield called
            yield from (
                f"{word.arg}={ast.unparse(word.value)}"
                for word in node.keywords
                if word.arg in ("shell", "allow_pickle") and ast.unparse(word.value) != "False"
            )


@pytest.mark.parametrize("path", list(sources()), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_can_run_code_in_a_file(path: Path) -> None:
    assert list(dangers(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_no_rule_can_run_code_in_a_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    words = "|".join([*MODULES, r"\b(eval|exec|system|popen)\(", "shell=True", r"yaml\.load\("])
    assert re.findall(words, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from joblib import load",
        "import torch\ntorch.load('x')",
        "np.load('x', allow_pickle=True)",
        "pd.read_pickle('x')",
        "yaml.load(text, Loader)",
        "eval('1')",
        "os.system('x')",
        "subprocess.run('x', shell=True)",
    ],
)
def test_calls_that_can_run_a_file_are_found(text: str) -> None:
    assert list(dangers(ast.parse(text)))


def commands(text: str) -> Iterator[str]:
    """Yield the texts of the `shell:` of every rule."""
    yield from re.findall(r"^ +shell:\n((?: +f?\".*\"\n)+)", text, flags=re.MULTILINE)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_every_value_in_a_command_is_quoted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = list(commands(text))
    assert len(found) == len(re.findall(r"^ +shell:", text, flags=re.MULTILINE))
    parts = [part for block in found for part in re.findall(r"\{[^}]*\}", block)]
    bare = [part for part in parts if not part.endswith(":q}")]
    assert bare == []
    assert not [block for block in found if ' f"' in block]


class Canary:
    """Sings when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "canary"

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self.path}",)


TRAIN = {
    **{"dataset": "toy", "task": "multiclass", "variant": "any", "protocol": "", "threads": 1},
    "runs": [[1, 1]],
}
XGBOOST = smallsettings.XGBOOST | {"rounds": 2}


def trained(folder: Path, family: str) -> Path:
    """Train a model of a family in a folder; return its file of weights."""
    learnable.write(folder / "encoded")
    hyperparameters = {"xgboost": XGBOOST, "ecnet": learnable.ECNET | {"epochs": 1}}
    train.run(
        encoder=folder / "encoded/encoder.json",
        fit=folder / "encoded/fit.safetensors",
        model=folder / "model.json",
        history=folder / "history.csv",
        weights=folder / "weights.safetensors",
        settings=TRAIN | {"family": family, "hyperparameters": hyperparameters.get(family, {})},
    )
    return folder / "weights.safetensors"


def predicted(folder: Path, encoded: str = "encoded") -> None:
    predict.run(
        encoder=folder / encoded / "encoder.json",
        test=folder / encoded / "test.safetensors",
        models=[folder / "model.json"],
        weights=[folder / "weights.safetensors"],
        outputs=[folder / "predictions.parquet"],
        settings={"threads": 1},
    )


def vouched_for(weights: Path) -> None:
    """Write the checksum of the present file to model.json, as an attacker would."""
    model = files.read_json(weights.with_name("model.json"))
    model["weights_sha256"] = files.sha256(weights)
    files.write_json(weights.with_name("model.json"), model)


@pytest.mark.parametrize("family", ["ecnet", "xgboost", "majority"])
def test_weights_that_are_a_pickle_are_refused_and_not_run(family: str, tmp_path: Path) -> None:
    content = pickle.dumps(Canary(tmp_path))
    weights = trained(tmp_path, family)
    weights.write_bytes(content)
    with pytest.raises(InputError, match=r"SHA-256 is .* run the train step again"):
        predicted(tmp_path)
    vouched_for(weights)
    with pytest.raises(InputError, match=r"weights\.safetensors: cannot be read") as caught:
        predicted(tmp_path)
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "canary").exists()
    pickle.loads(content)  # noqa: S301 - it would have sung
    assert (tmp_path / "canary").exists()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_booster_that_is_a_pickle_is_refused_and_not_run(protocol: int, tmp_path: Path) -> None:
    weights = trained(tmp_path, "xgboost")
    content = pickle.dumps(Canary(tmp_path), protocol=protocol)
    write(weights, {"1-1": {"booster": np.frombuffer(content, dtype=np.uint8)}})
    vouched_for(weights)
    with pytest.raises(InputError, match=r"cannot be read .* run the train step again"):
        predicted(tmp_path)
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("family", ["ecnet", "xgboost"])
def test_weights_of_another_shape_are_refused(family: str, tmp_path: Path) -> None:
    trained(tmp_path, family)
    learnable.write(tmp_path / "other", numerical=7)
    model = files.read_json(tmp_path / "model.json")
    model["encoder_sha256"] = files.sha256(tmp_path / "other/encoder.json")
    files.write_json(tmp_path / "model.json", model)
    with pytest.raises(InputError, match="run the train step again") as caught:
        predicted(tmp_path, "other")
    assert len(str(caught.value).splitlines()) == 1


def test_tensors_that_are_a_pickle_are_refused_and_not_run(tmp_path: Path) -> None:
    encoded = learnable.write(tmp_path / "encoded")
    path, fit = encoded / "encoder.json", encoded / "fit.safetensors"
    encoder = records.of_seed(path, records.read_encoder(path, "toy"), 1)
    for content in planted(tmp_path):
        fit.write_bytes(content)
        with pytest.raises(InputError, match=r"fit\.safetensors: cannot be read"):
            records.load(fit, 1, "train", "multiclass", encoder)
    assert not (tmp_path / "canary").exists()


def planted(folder: Path) -> Iterator[bytes]:
    """Yield a pickle as it is, and as NumPy and its archives would take it."""
    yield pickle.dumps(Canary(folder))
    held = np.array([Canary(folder)], dtype=object)
    for save in (np.save, np.savez):
        with (folder / "array").open("wb") as file:
            save(file, held, allow_pickle=True) if save is np.save else save(file, held)
        yield (folder / "array").read_bytes()


def test_records_that_are_a_pickle_are_refused_and_not_run(tmp_path: Path) -> None:
    trained(tmp_path, "majority")
    for content in planted(tmp_path):
        path = tmp_path / "records.parquet"
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"records\.parquet"):
            evaluate.run(
                predictions=[path],
                models=[tmp_path / "model.json"],
                outputs=[tmp_path / "out.json"],
                confusion=[tmp_path / "confusion.csv"],
                scores=tmp_path / "scores.json",
                covariance=tmp_path / "covariance.json",
                settings={"bins": 10, "detection_rates": [0.9]},
            )
        with pytest.raises(InputError, match=r"records\.parquet"):
            split.split(
                sample=path,
                assignment=tmp_path / "split.parquet",
                report=tmp_path / "split.json",
                settings=SPLIT,
            )
    assert not (tmp_path / "canary").exists()


SPLIT = {"dataset": "iot-23", "format": "zeek", **smallsettings.SPLIT}


@pytest.mark.parametrize("name", ["model.json", "encoded/encoder.json"])
def test_descriptions_that_are_a_pickle_are_refused_and_not_run(name: str, tmp_path: Path) -> None:
    trained(tmp_path, "majority")
    for content in planted(tmp_path):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match="is not JSON") as caught:
            predicted(tmp_path)
        assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "canary").exists()
