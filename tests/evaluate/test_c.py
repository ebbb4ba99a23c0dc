"""A model as C gives the probabilities of the model, from raw fields."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import smallfamilies
import smallnets
import variants
from oddrecords import raw

from ecnet.errors import InputError
from ecnet.evaluate import c, probes
from ecnet.evaluate.c import encoder, source
from ecnet.evaluate.scoring import trained
from ecnet.evaluate.scoring.trained import Trained
from ecnet.prepare import encode

needs_compiler = pytest.mark.skipif(
    shutil.which("cc") is None or shutil.which("make") is None, reason="no C compiler, or no make"
)

LEARN = {"epochs": 4, "learning_rate": 0.05}
"""Until probabilities depend on the record."""
NETWORKS: dict[str, dict[str, Any]] = {
    "ecnet": {},
    "gru": {"cell": "gru"},
    "rnn": {"cell": "rnn", "heads": 4},
    "no-attention": {"attention": False},
    "merged": {"branches": "merged", "heads": 1, "hidden": 16},
    "lstm": {"branches": "merged", "attention": False, "pooling": "last"},
}
OTHERS: dict[str, dict[str, Any]] = {
    **smallfamilies.SMALL,
    **{name: of | {"epochs": 4} for name, of in smallnets.SMALL.items() if name != "byte_cnn"},
    "xgboost": {"max_depth": 6, "rounds": 8, "patience": 8},
    **{"svm": {}, "tree": {}, "majority": {}},
}
BINARY = ("isolation_forest", "kitnet")
EXACT = ("tree", "majority", "decision_tree", "k_nearest", "isolation_forest")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> variants.Project:
    return variants.iot_23(tmp_path_factory.mktemp("c"))


def load(project: variants.Project, name: str) -> Trained:
    family, changes = (
        ("ecnet", LEARN | NETWORKS[name]) if name in NETWORKS else (name, OTHERS[name])
    )
    task = "binary" if family in BINARY else "multiclass"
    if not project.model(name, task).exists():
        project.train(family, task, variant=name, **changes)
    return trained.load(project.model(name, task))


def checked(
    model: Trained, folder: Path, records: pd.DataFrame, weights: c.Weights = "float32"
) -> tuple[int, float, float]:
    """Return the status of `make check`, the largest difference, and the share of equal classes."""
    folder.mkdir(parents=True, exist_ok=True)
    c.write(model, folder, weights, records)
    strict = "CFLAGS=-O1 -Werror -fsanitize=undefined -fno-sanitize-recover"
    done = subprocess.run(
        ["make", "--silent", "check", strict],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"LC_ALL": "C"},
    )
    found = re.findall(r"\d+", done.stdout)
    assert len(found) == 4, done.stderr
    return done.returncode, int(found[0]) / int(found[1]), int(found[2]) / int(found[3])


@needs_compiler
@pytest.mark.parametrize("name", [*NETWORKS, *OTHERS])
def test_probabilities_are_those_of_the_model(
    project: variants.Project, tmp_path: Path, name: str
) -> None:
    model = load(project, name)
    records = raw(project, model).iloc[::3]
    if name != "majority":
        assert np.ptp(model.score(records).probabilities, axis=0).max() > 0.1
    status, largest, same = checked(model, tmp_path, records)
    assert status == 0
    assert largest <= (0 if name in EXACT else 1e-5)
    assert same > 0.999  # two classes may be equally probable


@needs_compiler
@pytest.mark.parametrize("name", ["ecnet", "gru", "mlp"])
def test_int8_weights_move_probabilities_a_little(
    project: variants.Project, tmp_path: Path, name: str
) -> None:
    model = load(project, name)
    status, largest, same = checked(model, tmp_path, raw(project, model).iloc[::3], "int8")
    assert status == 0
    assert 1e-5 < largest < 0.1
    assert same > 0.9


@needs_compiler
@pytest.mark.parametrize("name", ["xgboost", "svm", "mlp"])
def test_numbers_may_be_scaled_by_their_logarithm(tmp_path: Path, name: str) -> None:
    project = variants.iot_23(tmp_path / "project")
    project.encode("log")
    model = load(project, name)
    assert "mean" in model.fitted["numerical"][0]
    assert checked(model, tmp_path / "c", raw(project, model).iloc[::3])[0] == 0


@needs_compiler
def test_a_model_of_the_union_takes_its_shared_features(tmp_path: Path) -> None:
    model = load(variants.iot_ds2(tmp_path / "project"), "xgboost")
    assert checked(model, tmp_path / "c", probes.made_up(model))[0] == 0


@needs_compiler
def test_trees_may_be_single_leaves(project: variants.Project, tmp_path: Path) -> None:
    heavy = OTHERS["xgboost"] | {"min_child_weight": 1e9}
    model = trained.load(project.train("xgboost", variant="leaves", **heavy))
    assert checked(model, tmp_path, probes.made_up(model))[0] == 0


@needs_compiler
def test_a_wrong_weight_is_found(project: variants.Project, tmp_path: Path) -> None:
    model = load(project, "majority")
    c.write(model, tmp_path, "float32", probes.made_up(model).iloc[:5])
    weights = (tmp_path / "weights.c").read_text()
    share = source.number(model.model.tensors()["shares"][0])
    (tmp_path / "weights.c").write_text(weights.replace(share, "0.25f", 1))
    done = subprocess.run(["make", "--silent", "check"], cwd=tmp_path, capture_output=True)
    assert done.returncode != 0


@needs_compiler
def test_no_library_but_that_of_c_is_needed(project: variants.Project, tmp_path: Path) -> None:
    model = load(project, "ecnet")
    c.write(model, tmp_path, "float32", probes.made_up(model).iloc[:5])
    objects = ["model.o", "encoder.o", "weights.o"]
    subprocess.run(["make", "--silent", *objects], cwd=tmp_path, check=True)
    shown = subprocess.run(
        ["nm", "-u", *objects], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    needed = {name for name in re.findall(r"U (\w+)", shown.stdout) if "ecnet" not in name}
    assert needed <= {"memcpy", "memset", "strcmp", "__stack_chk_fail"}


def test_the_same_model_gives_the_same_bytes(project: variants.Project, tmp_path: Path) -> None:
    model = load(project, "xgboost")
    for name in ("first", "second"):
        c.build(model.folder, None, tmp_path / name, "float32", 20)
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("first", "second")
    )
    assert first == second
    assert b"#define ECNET_RECORDS 20 " in first["model.h"]


def test_the_files_say_that_records_were_simulated(
    project: variants.Project, tmp_path: Path
) -> None:
    c.build(load(project, "majority").folder, "2-1", tmp_path / "c", "float32", 1)
    for name in ("model.h", "README.md"):
        assert (
            "run 2-1, trained on iot-23 (simulated records)" in (tmp_path / "c" / name).read_text()
        )


def test_a_model_that_draws_its_answers_is_refused(
    project: variants.Project, tmp_path: Path
) -> None:
    folder = project.train("stratified")
    with pytest.raises(InputError, match="family stratified has no form in C"):
        c.build(folder, None, tmp_path / "c", "float32", 10)
    assert not (tmp_path / "c").exists()


def test_texts_cannot_end_a_string_or_a_comment() -> None:
    assert source.string('a"b\\\n\u00e9?') == '"a\\042b\\134\\012\\303\\251\\077"'
    assert source.comment("x */ #include\n") == "x * / #include?"


def test_literals_are_read_as_the_same_numbers() -> None:
    values = np.random.default_rng(1).normal(size=50).astype(np.float32) * np.float32(1e-20)
    assert [np.float32(source.number(one).removesuffix("f")) for one in values] == list(values)
    assert [source.number(one) for one in (np.float32(1), np.float64(-np.inf), np.int8(3))] == [
        *("1.0f", "-INFINITY", "3")
    ]


def test_fields_have_names_of_their_own_in_c() -> None:
    named = source.identifiers(["a b", "a_b", "int", "2nd"])
    assert list(named.values()) == ["a_b", "a_b_", "field_int", "field_2nd"]


def test_a_threshold_becomes_the_smallest_number_that_exceeds_it() -> None:
    values = np.array([-5.0, 1e-9, 0.1, 27.333333333333332, 3e8]).repeat([9, 20, 30, 40, 20])
    given = pd.DataFrame({"x": values}), pd.DataFrame(index=range(len(values)))
    fitted = encode.fit(*given, by="quantile")

    def scaled(numbers: Any) -> Any:
        frame = pd.DataFrame({"x": numbers})
        return encode.transform(fitted, frame, given[1].iloc[: len(frame)])["numerical"][:, 0]

    thresholds = np.sort(np.r_[np.unique(scaled(values)), 0.05, -9, 9])
    cuts = encoder.exceeding(fitted["numerical"][0], thresholds)
    assert cuts[0] == -np.finfo(float).max
    assert np.isinf(cuts[-2:]).all()  # the largest score, and 9
    held = cuts[1:-2]
    assert (scaled(held) > thresholds[1:-2]).all()
    assert (scaled(np.nextafter(held, -np.inf)) <= thresholds[1:-2]).all()


def test_the_largest_weight_of_a_row_keeps_its_value() -> None:
    table = source.Table("w", np.array([[0.5, -2.0, 0.1], [0, 0, 0]], np.float32))
    again = table.quantised * table.scales[:, None]
    np.testing.assert_allclose(again, table.values, atol=2 / 127 / 2)
    assert again[0, 1] == pytest.approx(-2)
