"""A key with an old name stops the run, with the new name."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from ecnet.config import params_file, validation
from ecnet.errors import InputError

ROOT = Path(__file__).parents[2]
LABELS = "shuffle_labels (own: false, shuffled: true)"

RENAMED = {
    "datasets.iot-23.form": "format",
    "sampling.own": "per_class",
    "split.copies": "max_duplicates",
    "split.labels": LABELS,
    "protocols.copies.split.copies": "max_duplicates",
    "protocols.shuffled.split.labels": LABELS,
    "audit.twins": "duplicates",
    "audit.reachable": "best_accuracy",
    "audit.depth": "max_depth",
    "audit.tells": "single_column_f1",
    "audit.smallest": "min_records",
    "encode.fit": "fit_on",
    "protocols.fitted-on-all.encode.fit": "fit_on",
    "statistics.chance": "leak_alpha",
}


def nested(path: str, value: Any) -> dict[str, Any]:
    for key in reversed(path.split(".")):
        value = {key: value}
    return value


@pytest.mark.parametrize(("old", "new"), RENAMED.items(), ids=RENAMED)
def test_a_file_with_an_old_key_stops_with_the_new_name(old: str, new: str, tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(yaml.safe_dump(nested(old, 1)))
    with pytest.raises(InputError) as error:
        params_file.read(file)
    assert str(error.value) == f"{file}: {old}: is called {new} now"


@pytest.mark.parametrize(("old", "new"), RENAMED.items(), ids=RENAMED)
def test_an_old_key_of_the_command_line_stops_with_the_new_name(old: str, new: str) -> None:
    values = params_file.read(ROOT / "params.yaml")
    place = values
    *parents, key = old.split(".")
    for parent in parents:
        place = place.setdefault(parent, {})
    place[key] = 1
    with pytest.raises(InputError) as error:
        validation.checked(values)
    assert str(error.value) == f"params.yaml: {old}: is called {new} now"


def test_all_old_keys_are_named_at_once(tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text("split: { copies: 1, labels: own }\nencode: { fit: all }\n")
    with pytest.raises(InputError) as error:
        params_file.read(file)
    assert len(str(error.value).splitlines()) == 3


@pytest.mark.parametrize("values", [{}, {"split": None}, {"split": []}, {"protocols": {"a": 1}}])
def test_a_section_that_is_missing_or_no_mapping_has_no_old_key(
    values: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(yaml.safe_dump(values))
    assert params_file.read(file) == values
