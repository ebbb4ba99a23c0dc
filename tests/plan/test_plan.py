"""The plan: which dataset comes from where, and what each step is told of it."""

import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from ecnet import datasets, paths
from ecnet.config.protocols import RIVALS
from ecnet.errors import InputError
from ecnet.fetch import download, sources
from ecnet.files import write_json
from ecnet.plan import layout, plan, storage

ROOT = Path(__file__).parents[2]
NSL_KDD = ("KDDTrain+.txt", "KDDTest+.txt")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def made(
    source: str | dict[str, str],
    *include: str,
    mirror: Path | None = None,
    failed: dict[str, str] | None = None,
    **data: Any,
) -> plan.Plan:
    """Return the plan of params.yaml for these datasets."""
    params: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())
    own = {"source": source, "include": list(include), "mirror": mirror and str(mirror)}
    params["data"].update({**own, **data})
    return plan.make(params, failed)


def small_mirror(folder: Path) -> Path:
    (folder / "mirror/nsl-kdd").mkdir(parents=True)
    for name in NSL_KDD:
        (folder / "mirror/nsl-kdd" / name).write_text("")
    return folder / "mirror"


def test_each_dataset_comes_from_its_own_source(tmp_path: Path) -> None:
    source = {"iot-23": "simulated", "nsl-kdd": "mirror", "bot-iot": "mirror"}
    found = made(source, *source, mirror=small_mirror(tmp_path))
    assert {name: at.source for name, at in found.found.located.items()} == {
        "iot-23": "simulated",
        "nsl-kdd": "mirror",
    }
    assert list(found.found.absent) == ["bot-iot"]


@pytest.mark.parametrize(
    ("train", "own", "gpus"),
    [
        ({}, {}, [0, 0, 0]),
        ({"device": "cuda"}, {}, [1, 0, 1]),
        ({"device": "cuda"}, {"device": "cpu"}, [0, 0, 1]),
        ({}, {"device": "cuda"}, [1, 0, 0]),
    ],
)
def test_jobs_that_compute_a_network_on_a_gpu_ask_for_one(
    train: dict[str, str], own: dict[str, str], gpus: list[int]
) -> None:
    params: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["train"].update(train)
    params["variants"]["ecnet"].update(own)
    found = plan.make(params)
    jobs = (["ecnet"], ["svm", "xgboost"], ["svm", "lstm"])
    assert [found.gpus(variants, ["", ".random"]) for variants in jobs] == gpus


def test_the_rules_of_files_share_no_dataset(tmp_path: Path) -> None:
    source = {"iot-23": "simulated", "nsl-kdd": "mirror"}
    found = made(source, *source, mirror=small_mirror(tmp_path))
    assert found.coming_from("simulated") == ["iot-23"]
    assert found.coming_from("mirror", "official") == ["nsl-kdd"]
    assert found.coming_from("official") == []


def test_a_rule_takes_the_names_it_is_for_and_none_if_there_are_none() -> None:
    assert re.fullmatch(plan.one_of(["iot-23", "nsl-kdd"]), "nsl-kdd")
    assert not re.fullmatch(plan.one_of(["iot-23"]), "iot-233")
    assert not re.fullmatch(plan.one_of(["KDDTrain+.txt"]), "KDDTrainn.txt")
    assert re.fullmatch(plan.one_of(["KDDTrain+.txt"]), "KDDTrain+.txt")
    assert not re.fullmatch(plan.one_of([]), "")


def test_published_facts_hold_for_no_simulated_file(tmp_path: Path) -> None:
    mirror = made("mirror", "nsl-kdd", mirror=small_mirror(tmp_path))
    simulated = made("simulated", "nsl-kdd")
    assert json.loads(mirror.shard_settings("nsl-kdd"))["check_facts"] is True
    assert json.loads(simulated.shard_settings("nsl-kdd"))["check_facts"] is False


def test_another_source_makes_every_sample_anew(tmp_path: Path) -> None:
    mirror = made("mirror", "nsl-kdd", mirror=small_mirror(tmp_path))
    simulated = made("simulated", "nsl-kdd")
    assert mirror.found.located["nsl-kdd"].format == simulated.found.located["nsl-kdd"].format
    for settings in ("shard_settings", "merge_settings"):
        assert getattr(mirror, settings)("nsl-kdd") != getattr(simulated, settings)("nsl-kdd")


def test_changed_statistics_simulate_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    before = made("simulated", "nsl-kdd").simulate_settings("nsl-kdd")
    monkeypatch.setattr(plan.simulator, "digest", lambda _: "another")
    after = made("simulated", "nsl-kdd").simulate_settings("nsl-kdd")
    assert {
        key for key, value in json.loads(after).items() if json.loads(before)[key] != value
    } == {"statistics"}


def test_an_address_need_not_answer_for_files_that_came_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "is_available", lambda _: False)
    found = made("official", "iot-23")
    assert found.found.absent == {"iot-23": found.found.absent["iot-23"]}
    assert "its official address does not answer" in found.found.absent["iot-23"]
    for origin, present in (("simulated", False), ("official", True)):
        for name in (source.pattern for source in datasets.load("iot-23").format("zeek").sources):
            (tmp_path / "data/raw/iot-23").mkdir(parents=True, exist_ok=True)
            (tmp_path / "data/raw/iot-23" / name).write_text("")
            write_json(tmp_path / f"data/provenance/iot-23/{name}.json", {"source": origin})
        assert bool(made("official", "iot-23").found.located) == present
    shutil.rmtree(tmp_path / "data/raw")
    assert not made("official", "iot-23").found.located
    (tmp_path / "data/sampled/iot-23").mkdir(parents=True)  # they were deleted when sampled
    for record in (tmp_path / "data/provenance/iot-23").iterdir():
        (tmp_path / "data/sampled/iot-23" / record.name).write_text("{}")
    assert made("official", "iot-23").found.located


PARTS = ["bot-iot", "iot-23", "iot-ni", "mqtt-iot-ids2020"]


def shown(found: plan.Plan) -> dict[str, Any]:
    """Return what tables read of the datasets."""
    settings: dict[str, Any] = json.loads(found.render_settings("model_tables"))
    return settings


def test_a_union_needs_its_parts_and_shows_those_that_are_included() -> None:
    found = made("simulated", "iot-ds2", "nsl-kdd")
    assert list(found.found.located) == [*PARTS, "nsl-kdd"]
    assert found.found.unions == {"iot-ds2": PARTS}
    assert found.datasets == ["iot-ds2", "nsl-kdd"]
    assert shown(found)["lacking"] == {"iot-ds2": ""}


def test_a_union_is_made_without_a_part_that_is_absent_and_names_it(tmp_path: Path) -> None:
    source = dict.fromkeys(PARTS, "simulated") | {"iot-ni": "mirror"}
    found = made(source, "iot-ds2", mirror=small_mirror(tmp_path))
    assert found.found.unions == {"iot-ds2": [name for name in PARTS if name != "iot-ni"]}
    assert shown(found)["lacking"] == {"iot-ds2": "IoT-NI (not in the mirror)"}
    assert shown(found)["absent"]["multiclass"] == {}
    assert "IoT-NI: not in the mirror" in found.found.absent["iot-ni"]


def test_a_union_lacks_a_part_whose_form_has_no_flows_to_share(tmp_path: Path) -> None:
    mirror = small_mirror(tmp_path)
    (mirror / "bot-iot").mkdir()
    (mirror / "bot-iot/bot_iot_12_columns.csv").write_text("")
    source = dict.fromkeys(PARTS, "simulated") | {"bot-iot": "mirror"}
    found = made(source, "iot-ds2", "bot-iot", mirror=mirror)
    assert found.datasets == ["bot-iot", "iot-ds2"]
    reason = "BoT-IoT (its format columns-12 lacks the shared features)"
    assert shown(found)["lacking"] == {"iot-ds2": reason}


def test_a_union_of_fewer_than_two_parts_is_absent(tmp_path: Path) -> None:
    source = dict.fromkeys(PARTS, "mirror") | {"iot-23": "simulated"}
    found = made(source, "iot-ds2", mirror=small_mirror(tmp_path))
    assert found.datasets == []
    why = shown(found)["absent"]["multiclass"]["iot-ds2"]
    assert why.startswith("needs two datasets of flows, and lacks BoT-IoT (not in the mirror), ")
    assert "IoT-23" not in why
    assert found.found.absent["iot-ds2"] == f"IoT-DS2: {why}"


def test_without_a_union_no_part_is_read_that_is_not_included() -> None:
    assert list(made("simulated", "iot-23").found.located) == ["iot-23"]


def test_the_adapters_of_its_parts_count_for_a_union() -> None:
    found = made("simulated", "iot-ds2")
    whole = found.code("prepare.union", dataset="iot-ds2", parts=PARTS)
    assert whole != found.code("prepare.union", dataset="iot-ds2", parts=PARTS[1:])


def test_more_raw_files_than_there_may_be_are_refused_before_any_is_fetched(tmp_path: Path) -> None:
    mirror = small_mirror(tmp_path)
    for place, name in enumerate(NSL_KDD):
        (mirror / "nsl-kdd" / name).write_bytes(bytes([place]) * 500)
    assert made("mirror", "nsl-kdd", mirror=mirror, max_total_bytes=1000)
    with pytest.raises(InputError, match=r"max_total_bytes is 999, and the raw files have 1000"):
        made("mirror", "nsl-kdd", mirror=mirror, max_total_bytes=999)


def test_of_raw_files_that_are_deleted_when_sampled_as_many_count_as_are_there_at_once(
    tmp_path: Path,
) -> None:
    mirror = small_mirror(tmp_path)
    for size, name in zip((400, 600), NSL_KDD, strict=True):
        (mirror / "nsl-kdd" / name).write_bytes(bytes(size))
    limits: dict[str, Any] = {"mirror": mirror, "max_total_bytes": 999}
    assert made("mirror", "nsl-kdd", max_raw_files=1, **limits)
    with pytest.raises(InputError, match=r"max_total_bytes is 599, and the raw files have 600"):
        made("mirror", "nsl-kdd", max_raw_files=1, **{**limits, "max_total_bytes": 599})
    with pytest.raises(InputError, match=r"the raw files have 1000"):
        made("mirror", "nsl-kdd", max_raw_files=2, **limits)


def test_a_raw_file_comes_when_so_many_before_it_are_sampled() -> None:
    files = made("simulated", "iot-23").records("iot-23")
    for most in (None, 1, 3, 100):
        found = made("simulated", "iot-23", max_raw_files=most)
        before = [found.sampled_before("iot-23", file) for file in files]
        free = len(files) if most is None else min(most, len(files))
        assert before[:free] == [[]] * free
        assert before[free:] == [
            [f"data/sampled/iot-23/{file}.json"] for file in files[: len(files) - free]
        ]


def test_how_many_raw_files_are_kept_changes_no_provenance() -> None:
    few, all_ = made("simulated", "iot-23", max_raw_files=1), made("simulated", "iot-23")
    assert few.provenance_settings() == all_.provenance_settings()


def test_a_size_that_is_published_counts_before_a_server_states_it() -> None:
    format = datasets.load("mqtt-iot-ids2020").format("biflow")
    published = format.sources[0]
    name, address = published.pattern, f"http://mirror.org/{published.pattern}"
    assert published.bytes
    assert sources.known_size(format, name, address) == published.bytes
    assert sources.known_size(format, f"{name}.gz", f"{address}.gz") == 0


def with_sizes(mirror: Path, size: int) -> list[Path]:
    """Give the files of a mirror a size, each its own content; return them."""
    files = [mirror / "nsl-kdd" / name for name in NSL_KDD]
    for place, file in enumerate(files):
        file.write_bytes(bytes([place]) * size)
    return files


def test_a_file_larger_than_one_may_be_is_refused_before_any_is_fetched(tmp_path: Path) -> None:
    mirror = small_mirror(tmp_path)
    first, _ = with_sizes(mirror, 500)
    assert made("mirror", "nsl-kdd", mirror=mirror, max_bytes=500)
    with pytest.raises(InputError) as error:
        made("mirror", "nsl-kdd", mirror=mirror, max_bytes=499)
    assert f"{first}: has 500 bytes, more than data.max_bytes = 499; raise" in str(error.value)
    assert len(str(error.value).splitlines()) == len(NSL_KDD)


def test_more_raw_files_than_the_disk_has_space_for_are_refused_unless_they_lie_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = small_mirror(tmp_path)
    with_sizes(mirror, 500)
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda _: SimpleNamespace(free=999))
    with pytest.raises(InputError, match=r"data/raw: the raw files need 1000 more bytes, and"):
        made("mirror", "nsl-kdd", mirror=mirror)
    (tmp_path / "data/raw/nsl-kdd").mkdir(parents=True)
    (tmp_path / "data/raw/nsl-kdd" / NSL_KDD[0]).touch()
    assert made("mirror", "nsl-kdd", mirror=mirror)


def test_a_file_that_cannot_be_read_is_refused_unless_its_dataset_is_sampled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = small_mirror(tmp_path)
    first, _ = with_sizes(mirror, 500)
    # As root everything can be read.
    monkeypatch.setattr(storage.os, "access", lambda path, _: path != first)
    with pytest.raises(InputError) as error:
        made("mirror", "nsl-kdd", mirror=mirror)
    assert str(error.value).startswith(f"{first}: cannot be read; change its permissions")
    counts = {"format": "full", "classes": {"Normal": {"kept": 1}, "DoS": {"kept": 1}}}
    write_json(tmp_path / "data/sampled/nsl-kdd.json", counts | {"notices": []})
    assert made("mirror", "nsl-kdd", mirror=mirror).datasets == ["nsl-kdd"]


def test_each_result_that_is_shown_is_made_by_one_group_and_no_other_is() -> None:
    found = made("simulated", "iot-23", "nsl-kdd")
    shown = {
        *found.shown_metrics(),
        *(file for place in layout.COMPARISONS for file in found.compared_metrics(place)),
        *found.all_rival_metrics,
    }
    grouped = [
        paths.METRICS.format(task=group.task, dataset=dataset, protocol=protocol, variant=variant)
        for group in found.groups
        for protocol in group.protocols
        for dataset in group.datasets or found.datasets
        if protocol in ("", RIVALS) or not found.refusal(dataset, protocol)
        for variant in group.variants
    ]
    assert sorted(grouped) == sorted(shown)
    names = [group.name for group in found.groups]
    assert len(set(names)) == len(names)
    for group in found.groups:
        assert all(re.fullmatch(group.protocol, protocol) for protocol in group.protocols)
        assert not re.fullmatch(group.protocol, ".unknown")


def test_the_splits_of_a_search_are_apart_from_those_of_results() -> None:
    found = made("simulated", "nsl-kdd")
    own, searched, other = (
        json.loads(found.split_settings("nsl-kdd", protocol))
        for protocol in ("", layout.TUNING, ".random")
    )
    seeds = found.params["seeds"]
    assert (own.pop("seeds"), other["seeds"]) == (seeds["split"], seeds["protocols"])
    assert not set(searched["seeds"]) & set(seeds["split"])
    assert searched.pop("seeds") == found.params["tuning"]["splits"]
    assert own == searched
