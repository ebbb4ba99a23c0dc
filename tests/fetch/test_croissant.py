"""The metadata of a dataset in Croissant say what its adapter declares."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ecnet import datasets
from ecnet.fetch import croissant
from ecnet.runtime import cli

PUBLISHED = [name for name in datasets.names() if not datasets.load(name).union]


def printed(dataset: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert cli.main(["croissant", dataset]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_published_dataset_is_described(name: str) -> None:
    dataset, found = datasets.load(name), croissant.described(datasets.load(name))
    assert (found["url"], found["citeAs"]) == (dataset.page, dataset.citation)
    assert dataset.citation.startswith(", ".join(one["name"] for one in found["creator"]) + ":")
    assert found["datePublished"] in dataset.citation
    assert len(found["rai:dataLimitations"]) == len(dataset.known_issues)
    nodes = [*found["distribution"], *found["recordSet"]]
    nodes += [field for records in found["recordSet"] for field in records["field"]]
    ids = [node["@id"] for node in nodes]
    assert len(set(ids)) == len(ids)


def test_licences_with_an_address_are_given_by_it(capsys: pytest.CaptureFixture[str]) -> None:
    found = printed("mqtt-iot-ids2020", capsys)
    assert found["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert printed("nsl-kdd", capsys)["license"] == "free for research, with citation"


def test_files_of_known_content_have_their_digest(capsys: pytest.CaptureFixture[str]) -> None:
    files = printed("mqtt-iot-ids2020", capsys)["distribution"]
    source = datasets.load("mqtt-iot-ids2020").formats[0].sources[0]
    (normal,) = [one for one in files if one["name"] == source.pattern]
    assert (normal["sha256"], normal["contentSize"]) == (source.sha256, f"{source.bytes} B")


def test_official_addresses_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    (files,) = printed("iot-23", capsys)["distribution"]
    assert len(files["url"]) == len(files["includes"]) == 23
    assert all("{" not in url for url in files["url"])


def test_fields_are_the_columns_of_the_files(capsys: pytest.CaptureFixture[str]) -> None:
    (records,) = printed("iot-23", capsys)["recordSet"]
    kinds = {field["name"]: field["dataType"] for field in records["field"]}
    assert kinds["id.resp_p"] == "sc:Integer"
    assert kinds["duration"] == "sc:Float"
    assert kinds["detailed-label"] == ["sc:Text", "cr:Label"]
    (records,) = printed("unsw-iot", capsys)["recordSet"]
    assert {"ports", "day h"}.isdisjoint(field["name"] for field in records["field"])


def test_captures_have_no_columns(capsys: pytest.CaptureFixture[str]) -> None:
    found = printed("mqttset-frames", capsys)
    assert found["recordSet"] == []
    assert found["distribution"][0]["encodingFormat"] == "application/vnd.tcpdump.pcap"


def test_a_union_is_not_published(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["croissant", "iot-ds2"]) == 2
    assert "iot-ds2: is not published, but made here" in capsys.readouterr().err


@pytest.mark.validators
def test_mlcroissant_accepts_every_dataset(tmp_path: Path) -> None:
    """One process for all: to import mlcroissant takes longer than to validate."""
    files = [tmp_path / f"{name}.json" for name in PUBLISHED]
    for name, file in zip(PUBLISHED, files, strict=True):
        file.write_text(json.dumps(croissant.described(datasets.load(name))))
    script = "import sys, mlcroissant\nfor file in sys.argv[1:]: mlcroissant.Dataset(file)"
    done = subprocess.run(
        [Path(os.environ["ECNET_VALIDATORS"]) / "python", "-c", script, *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "not standard" not in done.stderr  # the keys of @context
