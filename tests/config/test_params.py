"""params.yaml: all errors at once, each with its key, its value and the remedy."""

import copy
import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ecnet import models
from ecnet.config import params, validation
from ecnet.errors import InputError
from ecnet.models.hyperparameters import Hyperparameters
from ecnet.models.parameters import DataShape, count, shapes

ROOT = Path(__file__).parents[2]


@pytest.fixture
def values() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())
    return loaded


def changed(values: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    copied = copy.deepcopy(values)
    *parents, key = path.split("/")
    place = copied
    for parent in parents:
        place = place[parent]
    place[key] = value
    return copied


def errors(values: dict[str, Any]) -> str:
    with pytest.raises(InputError) as error:
        validation.checked(values)
    return str(error.value)


@given(st.dictionaries(st.text('{}a"\\\\ '), st.text('{}a"\\\\ ') | st.lists(st.text("{}a"))))
def test_canonical_settings_contain_no_wildcard_and_parse_back(settings: dict[str, Any]) -> None:
    text = params.canonical(settings=settings)
    assert not re.search(r"\{\s*\w", text)
    assert json.loads(text) == {"settings": settings}


def test_the_projects_own_params_are_valid(values: dict[str, Any]) -> None:
    assert validation.checked(values) == values


@pytest.fixture
def quick(values: dict[str, Any]) -> dict[str, Any]:
    """Return the params with the quick set on top, as Snakemake merges them."""
    for section, change in yaml.safe_load((ROOT / "workflow/quick.yaml").read_text()).items():
        if isinstance(change, dict):
            for key, value in change.items():
                old = values[section][key]
                values[section][key] = {**old, **value} if isinstance(value, dict) else value
        else:
            values[section] = change
    return values


def test_the_quick_set_is_valid_too(quick: dict[str, Any]) -> None:
    assert validation.checked(quick) == quick


@pytest.mark.parametrize("chosen", ["values", "quick"])
def test_every_network_of_the_params_can_be_built(
    chosen: str, request: pytest.FixtureRequest
) -> None:
    given = request.getfixturevalue(chosen)
    for variant, line in given["variants"].items():
        for data in (
            DataShape(8, (4, 50, 3, 9), 7),
            DataShape(31, (4, 60, 12), 5),
            DataShape(9, (9, 5), 2),
        ):
            if line["family"] == "ecnet":
                hyper = Hyperparameters.of(params.hyperparameters(given, variant))
                assert count(shapes(data, hyper)) > 0


def test_every_ablation_can_be_built_with_all_values_that_ecnet_may_get(
    values: dict[str, Any],
) -> None:
    space = values["tuning"]["space"]["ecnet"]
    choices = {name: law["choice"] for name, law in space.items() if "choice" in law}
    for chosen in itertools.product(*choices.values()):
        values["models"]["ecnet"].update(zip(choices, chosen, strict=True))
        for variant, line in values["variants"].items():
            if line["family"] == "ecnet":
                hyper = Hyperparameters.of(params.hyperparameters(values, variant))
                assert count(shapes(DataShape(9, (9, 5), 2), hyper))


BAD = {
    "unknown section": ("spilt", {}, "'spilt' is not known; did you mean split?"),
    "unknown key": ("split/ruel", "random", "split.ruel: 'ruel' is not known; did you mean rule?"),
    "value out of range": ("split/test", 0.9, "split.test is 0.9: must be less than 0.5"),
    "value of the wrong type": (
        "seeds",
        {"split": "1", "weights": [1], "protocols": [1]},
        "seeds.split is \"1\": must be a list: ['1']",
    ),
    "seed of protocols that is no split": (
        "seeds/protocols",
        [9],
        "seeds.protocols: 9 is not among seeds.split",
    ),
    "unknown protocol": (
        "variants/svm/protocol",
        "randm",
        "variants.svm.protocol: 'randm' is not known; did you mean random?",
    ),
    "protocol of an unknown hyperparameter": (
        "protocols/flows/models/ecnet",
        {"sequences": "flows"},
        "protocols.flows.models.ecnet.sequences: 'sequences' is not known; did you mean sequence?",
    ),
    "not one of the choices": ("split/rule", "tmporal", 'split.rule is "tmporal": must be one of'),
    "unknown dataset": ("datasets/iot23", {}, "datasets.iot23: 'iot23' is not known; did you"),
    "target of no dataset": (
        "sampling/per_class",
        {"iot23": {}},
        "sampling.per_class: 'iot23' is not",
    ),
    "target of no class": (
        "sampling/per_class",
        {"iot-23": {"DDOS": 5}},
        "sampling.per_class.iot-23: 'DDOS' is not known; did you mean DDoS?",
    ),
    "unknown format": (
        "datasets/iot-23/format",
        ["zek"],
        "datasets.iot-23.format: 'zek' is not known",
    ),
    "unknown column": (
        "datasets/iot-23/drop",
        ["durations"],
        "datasets.iot-23.drop: 'durations' is not known; did you mean duration?",
    ),
    "unknown family": ("variants/svm/family", "svn", "'svn' is not known; did you mean svm?"),
    "unknown hyperparameter": (
        "models/ecnet/hiden",
        8,
        "variants.ecnet.hiden: 'hiden' is not known; did you mean hidden?",
    ),
    "hyperparameter out of range": (
        "variants/ecnet/dropout",
        1.5,
        "variants.ecnet.dropout is 1.5: must be less than 1",
    ),
    "a dataset that cannot be simulated": (
        "protocol_check/datasets",
        ["iot-ds2"],
        "protocol_check.datasets: 'iot-ds2' is not known",
    ),
    "a size of studies that is no number": (
        "protocol_check/studies",
        {"many": 10},
        "protocol_check.studies",
    ),
}


@pytest.mark.parametrize(("path", "value", "message"), BAD.values(), ids=BAD)
def test_a_bad_value_is_named_with_what_to_do(
    values: dict[str, Any], path: str, value: Any, message: str
) -> None:
    found = errors(changed(values, path, value))
    assert message in found
    assert found.startswith("params.yaml: ")


SVM = "tuning/space/svm"
BAD_SPACES = {
    "unknown variant": ("tuning/space/svn", {"c": {"choice": [1, 2]}}, "did you mean svm?"),
    "unknown hyperparameter": (
        f"{SVM}/gama",
        {"low": 1, "high": 2},
        "tuning.space.svm.gama: 'gama' is not known; did you mean gamma?",
    ),
    "unknown key": (
        f"{SVM}/c",
        {"low": 1, "hihg": 2, "high": 3},
        "tuning.space.svm.c.hihg: 'hihg' is not known; did you mean high?",
    ),
    "bounds and choice": (
        f"{SVM}/c",
        {"low": 1, "choice": [1, 2]},
        "tuning.space.svm.c.low: 'low' is not known; known: choice",
    ),
    "one bound": (f"{SVM}/c", {"low": 1}, "tuning.space.svm.c.high is missing"),
    "bounds the wrong way": (
        f"{SVM}/c",
        {"low": 2, "high": 1},
        "tuning.space.svm.c.low is 2: must be less than high, 1",
    ),
    "logarithm of nothing": (
        "tuning/space/xgboost/reg_lambda",
        {"low": 0, "high": 1, "log": True},
        "tuning.space.xgboost.reg_lambda.low is 0: must be more than 0 on a log scale",
    ),
    "bound that its family does not allow": (
        f"{SVM}/c",
        {"low": -1, "high": 1},
        "tuning.space.svm.c is -1: must be more than 0",
    ),
    "choice that its family does not allow": (
        "tuning/space/ecnet/cell",
        {"choice": ["lstm", "gur"]},
        'tuning.space.ecnet.cell is "gur": must be one of lstm, rnn, gru',
    ),
    "fraction for a number that is whole": (
        "tuning/space/ecnet/hidden",
        {"low": 1.5, "high": 8},
        "tuning.space.ecnet.hidden is 1.5: must be a whole number",
    ),
    "bounds of what is no number": (
        "tuning/space/ecnet/attention",
        {"low": 0, "high": 1},
        "attention is not a number; give a choice: [...]",
    ),
    "split that results use": (
        "tuning/splits",
        [1, 1000],
        "tuning.splits: 1 is one of seeds.split; choose a split that no result uses",
    ),
    "no trial": ("tuning/trials", 0, "tuning.trials is 0: must be at least 1"),
}


@pytest.mark.parametrize(("path", "value", "message"), BAD_SPACES.values(), ids=BAD_SPACES)
def test_an_invalid_search_space_is_named(
    values: dict[str, Any], path: str, value: Any, message: str
) -> None:
    assert message in errors(changed(values, path, value))


def test_a_missing_key_is_named(values: dict[str, Any]) -> None:
    del values["split"]["rule"]
    del values["models"]["ecnet"]["hidden"]
    assert errors(values) == "params.yaml: split.rule is missing"
    values["split"]["rule"] = "random"
    assert "params.yaml: variants.ecnet.hidden is missing" in errors(values)


def test_all_errors_come_at_once(values: dict[str, Any]) -> None:
    values["split"]["rule"] = "no"
    values["sampling"]["cap"] = -1
    assert len(errors(values).splitlines()) == 2


def test_the_default_source_is_simulated_traffic(values: dict[str, Any]) -> None:
    assert values["data"]["source"] == "simulated"


def test_a_mirror_on_the_command_line_is_the_source_of_all(values: dict[str, Any]) -> None:
    data = validation.checked({**values, "mirror": "there"})["data"]
    assert (data["mirror"], data["source"]) == ("there", "mirror")


def test_a_source_on_the_command_line_replaces_that_of_the_file(values: dict[str, Any]) -> None:
    asked = {**values, "mirror": "there", "source": "official"}
    assert validation.checked(asked)["data"]["source"] == "official"
    assert errors({**values, "source": "mirrors"}).startswith(
        'params.yaml: data.source is "mirrors": must be one of simulated, mirror, official'
    )


def test_each_dataset_may_have_a_source_of_its_own(values: dict[str, Any]) -> None:
    values["data"].update(include=["iot-23", "nsl-kdd"], mirror="there")
    values["data"]["source"] = {"iot-23": "official", "nsl-kdd": "mirror"}
    checked = validation.checked(values)
    found = [params.source(checked, name) for name in ("iot-23", "nsl-kdd")]
    assert found == ["official", "mirror"]


def test_a_missing_or_unknown_source_is_named(values: dict[str, Any]) -> None:
    values["data"].update(include=["iot-23", "nsl-kdd"], source={"iot23": "official"})
    assert errors(values).splitlines() == [
        "params.yaml: data.source: 'iot23' is not known; did you mean iot-23?",
        *(
            f"params.yaml: data.source.{name} is missing; name a source for every dataset"
            for name in ("iot-23", "nsl-kdd")
        ),
    ]
    values["data"]["source"] = {"iot-23": "offical", "nsl-kdd": "simulated"}
    assert 'data.source.iot-23 is "offical": must be one of simulated, mirror' in errors(values)


def test_the_parts_of_a_union_need_a_source_and_the_union_has_none(values: dict[str, Any]) -> None:
    source = dict.fromkeys(["bot-iot", "iot-23", "iot-ni", "iot-ds2"], "simulated")
    values["data"].update(include=["iot-ds2"], source=source)
    assert errors(values).splitlines() == [
        "params.yaml: data.source.iot-ds2: it is made of other datasets and has no source; "
        "leave it out",
        "params.yaml: data.source.mqtt-iot-ids2020 is missing; name a source for every dataset",
    ]


def test_the_source_mirror_needs_a_mirror(values: dict[str, Any]) -> None:
    values["data"].update(include=["iot-23", "nsl-kdd"], source="mirror")
    assert errors(values) == (
        "params.yaml: data.mirror is null, and data.source is mirror for iot-23, nsl-kdd; "
        "give a folder or an address: --config mirror=DIR"
    )


def test_a_simulated_dataset_needs_a_number_of_records(values: dict[str, Any]) -> None:
    del values["simulator"]["records"]["iot-23"]
    values["simulator"]["records"]["iot23"] = 5
    assert errors(values).splitlines() == [
        "params.yaml: simulator.records: 'iot23' is not known; did you mean iot-23?",
        "params.yaml: simulator.records.iot-23 is missing; say how many records to simulate",
    ]
    values["simulator"]["records"].pop("iot23")
    assert validation.checked({**values, "mirror": "there"})


def test_swapped_values_make_another_canonical_string() -> None:
    assert params.canonical(a=1, b=2) != params.canonical(a=2, b=1)
    assert params.canonical(a=1, b=2) == params.canonical(b=2, a=1)


def test_a_variant_replaces_hyperparameters_of_its_family(values: dict[str, Any]) -> None:
    own = params.hyperparameters(values, "ecnet-gru")
    assert own == {**models.ON_CPU, **values["models"]["ecnet"], "cell": "gru"}


def test_networks_are_computed_where_train_says_unless_they_have_a_device_of_their_own(
    values: dict[str, Any],
) -> None:
    values["train"].update(device="cuda", precision="bfloat16")
    values["variants"]["mlp"]["device"] = "cpu"
    found = {name: params.hyperparameters(values, name) for name in ("ecnet", "mlp", "xgboost")}
    assert [own.get("device") for own in found.values()] == ["cuda", "cpu", None]
    assert found["ecnet"]["precision"] == "bfloat16"
