"""The manifest has everything that numbers depend on, and is the same on the same machine."""

import hashlib
import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest
import resultfiles
import yaml

from ecnet.errors import InputError
from ecnet.plan import plan
from ecnet.provenance import manifest as step

ROOT = Path(__file__).parents[2]
SETTINGS = {"params": {"seeds": "a"}, "code": {"train": "b"}, "threads": 1}
INTEL = (
    "processor\t: 0\nmodel name\t: Intel(R) Xeon(R)\nflags\t\t: fpu avx avx2 fma\n\nmodel name: x\n"
)
ARM = "processor\t: 0\nFeatures\t: fp asimd sve\n"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.lock"
    path.write_text("numpy==2\n")
    return path


def written(folder: Path, lock: Path, counts: list[Path]) -> dict[str, Any]:
    output = folder / "provenance.json"
    step.provenance(counts=counts, lock=lock, output=output, settings=SETTINGS)
    return json.loads(output.read_text())


def params(**data: Any) -> dict[str, Any]:
    values = yaml.safe_load((ROOT / "params.yaml").read_text())
    values["data"].update(data)
    return values


def settings(values: dict[str, Any]) -> dict[str, Any]:
    return json.loads(plan.make(values).provenance_settings())


def test_the_manifest_has_everything_that_a_number_depends_on(tmp_path: Path, lock: Path) -> None:
    found = written(tmp_path, lock, resultfiles.write_counts(tmp_path / "counts"))
    assert {key: found[key] for key in ("params", "code")} == {
        key: SETTINGS[key] for key in ("params", "code")
    }
    assert found["lock"] == hashlib.sha256(b"numpy==2\n").hexdigest()
    assert found["datasets"]["mqttset"] == {"source": "simulated", "files": {"a": "0"}}
    assert found["processor"]["threads"] == 1
    assert found["libraries"]["torch"] == version("torch")


def test_another_order_of_datasets_gives_the_same_bytes(tmp_path: Path, lock: Path) -> None:
    counts = resultfiles.write_counts(tmp_path / "counts")
    written(tmp_path, lock, counts)
    first = (tmp_path / "provenance.json").read_bytes()
    written(tmp_path, lock, counts[::-1])
    assert (tmp_path / "provenance.json").read_bytes() == first


def test_a_kernel_forced_by_the_environment_is_named(
    tmp_path: Path, lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "avx2")
    counts = resultfiles.write_counts(tmp_path / "counts")
    forced = written(tmp_path, lock, counts)["processor"]["forced"]
    assert forced["ATEN_CPU_CAPABILITY"] == "avx2"


@pytest.mark.parametrize(
    ("cpuinfo", "model", "instructions"),
    [
        (INTEL, "Intel(R) Xeon(R)", ["avx", "avx2", "fma"]),
        (ARM, "", ["asimd", "sve"]),
        ("", "", []),
    ],
)
def test_the_first_processor_is_described(
    cpuinfo: str, model: str, instructions: list[str]
) -> None:
    assert step.described(cpuinfo) == {"model": model, "instructions": instructions}


def test_a_missing_library_is_an_input_error(
    tmp_path: Path, lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(step, "version", missing)
    with pytest.raises(InputError, match=r"^numpy: is not installed; run make install$"):
        written(tmp_path, lock, resultfiles.write_counts(tmp_path / "counts"))


def test_the_place_of_a_mirror_changes_no_digest(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first, second = (
        settings(params(mirror=str(tmp_path / name), include=["nsl-kdd"]))
        for name in ("one", "two")
    )
    assert first == second


def test_a_changed_value_changes_only_the_digest_of_its_section() -> None:
    values = params(include=["nsl-kdd"])
    before = settings(values)
    values["models"]["ecnet"]["learning_rate"] = 0.5
    after = settings(values)
    changed = [name for name in before["params"] if before["params"][name] != after["params"][name]]
    assert changed == ["models"]
    assert before["code"] == after["code"]
    assert set(before["code"]) == set(plan.STEPS)
