"""A model as an ONNX file gives the probabilities of the model, from raw fields."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import variants
from oddrecords import raw

from ecnet.errors import InputError
from ecnet.evaluate import probes
from ecnet.evaluate.scoring import trained
from ecnet.evaluate.scoring.trained import Trained
from ecnet.prepare import encode, scale

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install -e '.[onnx]'")

import onnx as library
from onnx.reference import ReferenceEvaluator

from ecnet.evaluate import onnx
from ecnet.evaluate.onnx import check, encoder
from ecnet.evaluate.onnx.graph import Graph

NETWORKS: dict[str, dict[str, Any]] = {
    "ecnet": {},
    "gru": {"cell": "gru"},
    "rnn": {"cell": "rnn", "heads": 1},
    "no-attention": {"attention": False},
    "merged": {"branches": "merged", "heads": 1, "hidden": 16},
    "gru-merged": {"branches": "merged", "heads": 1, "hidden": 16, "cell": "gru"},
    "lstm": {"branches": "merged", "attention": False, "pooling": "last"},
}
LEARN = {"epochs": 10, "learning_rate": 0.05}
"""Until probabilities depend on the record."""
OTHERS: dict[str, dict[str, Any]] = {
    "xgboost": {"max_depth": 6, "rounds": 20, "patience": 20},
    "svm": {},
    "tree": {},
    "majority": {},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> variants.Project:
    return variants.iot_23(tmp_path_factory.mktemp("onnx"))


def load(project: variants.Project, name: str, task: str = "multiclass") -> Trained:
    family, changes = (
        ("ecnet", LEARN | NETWORKS[name]) if name in NETWORKS else (name, OTHERS[name])
    )
    if not project.model(name, task).exists():
        project.train(family, task, variant=name, **changes)
    return trained.load(project.model(name, task))


@pytest.mark.parametrize("name", [*NETWORKS, *OTHERS])
def test_probabilities_are_those_of_the_model(project: variants.Project, name: str) -> None:
    model = load(project, name)
    records = raw(project, model)
    assert len(records) > 1000
    if name != "majority":
        assert np.ptp(model.score(records).probabilities, axis=0).max() > 0.5
    file = onnx.build(model)
    library.checker.check_model(library.load_from_string(file), full_check=True)
    assert check.difference(file, model, records) <= check.LIMIT


@pytest.mark.parametrize("name", ["xgboost", "ecnet"])
def test_labels_are_the_most_probable_classes(project: variants.Project, name: str) -> None:
    model = load(project, name, "binary")
    records = raw(project, model)
    session = check.session(onnx.build(model))
    label, probabilities = session.run(None, check.inputs(records, model))
    assert set(label) == {"Benign", "Attack"}
    assert label.tolist() == [model.classes[i] for i in probabilities.argmax(axis=1)]


def test_trees_split_by_sets_of_categories(project: variants.Project) -> None:
    model = load(project, "xgboost")
    booster: Any = model.model
    held = json.loads(booster.booster.save_raw("json"))["learner"]["gradient_booster"]["model"]
    assert max(size for tree in held["trees"] for size in tree["categories_sizes"]) > 1


@pytest.mark.parametrize("name", ["ecnet", "gru", *OTHERS])
def test_another_runtime_computes_the_same(project: variants.Project, name: str) -> None:
    model = load(project, name)
    records = probes.made_up(model).iloc[:20]
    runtime = ReferenceEvaluator(onnx.build(model))
    (found,) = runtime.run(["probabilities"], check.inputs(records, model))
    wanted = model.score(records).probabilities
    np.testing.assert_allclose(found, wanted, atol=check.LIMIT)


def test_trees_may_be_single_leaves(project: variants.Project) -> None:
    heavy = OTHERS["xgboost"] | {"min_child_weight": 1e9}
    model = trained.load(project.train("xgboost", variant="leaves", **heavy))
    booster: Any = model.model
    assert booster.parameters == len(booster.booster.get_dump())
    assert check.difference(onnx.build(model), model, probes.made_up(model)) <= check.LIMIT


@pytest.mark.parametrize("name", ["xgboost", "svm", "ecnet"])
def test_numbers_may_be_scaled_by_their_logarithm(tmp_path: Path, name: str) -> None:
    project = variants.iot_23(tmp_path)
    project.encode("log")
    model = load(project, name)
    assert "mean" in model.fitted["numerical"][0]
    assert check.difference(onnx.build(model), model, raw(project, model)) <= check.LIMIT


def test_a_model_of_the_union_takes_its_shared_features(tmp_path: Path) -> None:
    model = load(variants.iot_ds2(tmp_path), "xgboost")
    assert probes.fields(model.fitted, model.format)["protocol"]
    assert check.difference(onnx.build(model), model, probes.made_up(model)) <= check.LIMIT


def test_inputs_are_the_columns_that_the_model_reads(project: variants.Project) -> None:
    model = load(project, "majority")
    inputs = check.session(onnx.build(model)).get_inputs()
    types = {one.name: one.type for one in inputs}
    assert types["proto"] == types["history"] == "tensor(string)"
    assert types["duration"] == types["resp_p"] == "tensor(double)"  # a port, for its kind
    assert not {"uid", "ts", "orig_h", "resp_p_kind", "duration:state"} & types.keys()


@pytest.mark.parametrize("missing", ["", "-", "(empty)"])
def test_a_missing_category_may_be_written_as_in_a_file(
    project: variants.Project, missing: str
) -> None:
    model = load(project, "xgboost")
    records = probes.made_up(model)
    given = check.inputs(records, model)
    for name, text in probes.fields(model.fitted, model.format).items():
        if text:
            given[name] = records[name].fillna(missing).to_numpy(object)
    (found,) = check.session(onnx.build(model)).run(["probabilities"], given)
    np.testing.assert_allclose(found, model.score(records).probabilities, atol=check.LIMIT)


def test_probes_hold_seen_unseen_missing_and_infinite_values(project: variants.Project) -> None:
    model = load(project, "xgboost")
    scored = model.score(probes.made_up(model))
    assert 0 < scored.unseen["proto"].mean() < 1
    assert 0 < scored.unseen["orig_pkts"].mean() < 1
    numbers = probes.made_up(model)["orig_pkts"]
    assert numbers.isna().any()
    assert np.isinf(numbers).any()


def test_the_same_model_gives_the_same_bytes(project: variants.Project) -> None:
    assert onnx.build(load(project, "xgboost")) == onnx.build(load(project, "xgboost"))


def test_the_file_says_what_the_model_is(project: variants.Project) -> None:
    model = load(project, "majority")
    found = check.session(onnx.build(model)).get_modelmeta().custom_metadata_map
    assert found["source"] == "simulated"
    assert json.loads(found["classes"]) == list(model.classes)
    assert found["weights_sha256"] == model.described["weights_sha256"]
    assert (found["dataset"], found["run"]) == ("iot-23", "1-1")


def test_a_model_that_draws_its_answers_is_refused(project: variants.Project) -> None:
    project.train("stratified")
    with pytest.raises(InputError, match="family stratified has no ONNX form"):
        onnx.build(trained.load(project.model("stratified")))


def test_the_number_that_reaches_a_knot_is_the_smallest() -> None:
    random = np.random.default_rng(1)
    numbers = np.sort([*random.normal(0, 1e4, 100), *random.normal(0, 1e-7, 100), 0.0])
    knots = scale.signed_log1p(numbers)
    reaching = scale.reaching(knots)
    assert (scale.signed_log1p(reaching) >= knots).all()
    assert (scale.signed_log1p(np.nextafter(reaching, -np.inf)) < knots).all()


def test_numbers_that_differ_in_their_last_bit_keep_their_scores(project: variants.Project) -> None:
    format = load(project, "majority").format
    near = np.array([27.333333333333332, 27.333333333333336, 1e-9, -5.0, 3e8, 0.1, 0.1 + 2e-17])
    values = np.repeat(near, [40, 50, 60, 70, 20, 30, 40])
    given = pd.DataFrame({"duration": values}), pd.DataFrame(index=range(len(values)))
    fitted = encode.fit(*given, by="quantile")
    graph = Graph()
    numerical = encoder.add(graph, fitted, format).numerical
    assert numerical
    graph.op("Identity", numerical, output="scaled")
    session = check.session(graph.model({"scaled": (1, ["n", 1])}, {}))
    (found,) = session.run(None, {"duration": values})
    np.testing.assert_allclose(found, encode.transform(fitted, *given)["numerical"], atol=1e-6)
