"""A finished run is written as a Workflow Run RO-Crate, which holds no record."""

import json
import os
import re
import subprocess
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest

from ecnet import files
from ecnet.provenance import ro_crate
from ecnet.runtime import cli

RAW = {
    "iot-23": {"source": "mirror", "files": {"a b.log": "1" * 64}},
    "nsl-kdd": {"source": "simulated", "files": {"KDDTrain+.txt": "2" * 64}},
    "iot-ds2": {"source": "mirror", "files": {"iot-23.parquet": "3" * 64}},
}
FILES = {
    "Snakefile": "rule all:\n",
    "params.yaml": "seeds: {}\n",
    "requirements.lock": "numpy==2\n",
    "workflow/rules/train.smk": "rule train:\n",
    "results/provenance.json": json.dumps({"datasets": RAW}),
    "results/tables/table_6.csv": "Model\nEcNet\n",
    "results/report.html": "<p>A page",
    "results/models/multiclass/iot-23/svm/weights.safetensors": "weights",
    "results/predictions/multiclass/iot-23/svm.parquet": "records",
    "data/raw/iot-23/a b.log": "records",
}
TERMS = {
    term: f"http://schema.org/{term}"
    for term in (
        *("CreativeWork", "Dataset", "SoftwareSourceCode", "CreateAction", "ComputerLanguage"),
        *("Organization", "author"),
        *("name", "about", "description", "datePublished", "license", "mainEntity", "hasPart"),
        *("mentions", "instrument", "startTime", "endTime", "actionStatus", "object", "result"),
        *("version", "identifier", "url", "programmingLanguage", "citation", "isPartOf"),
        *("contentSize", "encodingFormat"),
    )
} | {
    "File": "http://schema.org/MediaObject",
    "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow",
    "conformsTo": "http://purl.org/dc/terms/conformsTo",
}
"""What the published context of RO-Crate 1.1 says of the terms in a crate of ours."""

SHOWN = [name for name in FILES if not name.startswith(("data", "results/models", "results/pre"))]


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a finished run, go there, and return the folder of its crate, still to be made."""
    for name, text in FILES.items():
        files.write_text(tmp_path / "run" / name, text)
    for name, begin, end in (("data/a", 60.5, 90.0), ("results/b", 100.0, 3600.0)):
        record = tmp_path / "run/.snakemake/metadata" / urlsafe_b64encode(name.encode()).decode()
        files.write_json(record, {"starttime": begin, "endtime": end})
    monkeypatch.chdir(tmp_path / "run")
    return tmp_path / "crate"


def written(crate: Path) -> dict[str, dict[str, Any]]:
    """Write a crate and return its entities."""
    assert cli.main(["ro-crate", str(crate)]) == 0
    graph = json.loads((crate / ro_crate.METADATA).read_text())["@graph"]
    return {entity["@id"]: entity for entity in graph}


def test_a_crate_holds_what_is_shown_and_no_record(crate: Path) -> None:
    entities = written(crate)
    held = {str(path.relative_to(crate)) for path in crate.rglob("*") if path.is_file()}
    assert held == {*SHOWN, ro_crate.METADATA}
    assert {part["@id"] for part in entities["./"]["hasPart"]} == set(SHOWN)
    assert entities["results/tables/table_6.csv"] == {
        **{"@id": "results/tables/table_6.csv", "@type": "File"},
        **{"name": "results/tables/table_6.csv", "encodingFormat": "text/csv"},
        **{"contentSize": "12", "sha256": files.sha256(crate / "results/tables/table_6.csv")},
    }


def test_raw_files_are_named_with_digest_and_source(crate: Path) -> None:
    entities = written(crate)
    raw = entities["#iot-23/a%20b.log"]
    assert (raw["sha256"], raw["name"]) == ("1" * 64, "iot-23/a b.log")
    assert entities[raw["isPartOf"]["@id"]]["license"] == "CC BY 4.0"
    assert "source: simulated" in entities["#nsl-kdd/KDDTrain%2B.txt"]["description"]
    assert "NSL-KDD: simulated" in entities["./"]["description"]
    assert "isPartOf" not in entities["#iot-ds2/iot-23.parquet"]


def test_the_run_lasted_from_its_first_job_to_its_last(crate: Path) -> None:
    run = written(crate)["#run"]
    assert run["startTime"] == "1970-01-01T00:01:00+00:00"
    assert run["endTime"] == "1970-01-01T01:00:00+00:00"
    assert {"@id": "params.yaml"} in run["object"]
    assert {"@id": "#iot-23/a%20b.log"} in run["object"]
    assert {"@id": "results/tables/table_6.csv"} in run["result"]


def test_every_entity_that_is_named_is_there(crate: Path) -> None:
    entities = written(crate)
    named = set(re.findall(r'{"@id": "([^"]*)"}', json.dumps(list(entities.values()))))
    elsewhere = ("https://w3id.org/ro/crate/", "https://snakemake.", "https://bioschemas.org/")
    assert {one for one in named if not one.startswith(elsewhere)} <= set(entities)


def test_the_same_run_gives_the_same_bytes(crate: Path) -> None:
    written(crate)
    again = crate.with_name("again")
    written(again)
    metadata = [(folder / ro_crate.METADATA).read_bytes() for folder in (crate, again)]
    assert metadata[0] == metadata[1]


def test_an_unfinished_run_is_refused(crate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for record in Path(".snakemake/metadata").iterdir():
        record.unlink()
    assert cli.main(["ro-crate", str(crate)]) == 2
    assert "records no run; run snakemake --cores all all" in capsys.readouterr().err
    Path("results/provenance.json").unlink()
    assert cli.main(["ro-crate", str(crate)]) == 2
    assert "results/provenance.json: cannot be read" in capsys.readouterr().err
    assert not crate.exists()


@pytest.mark.validators
def test_the_validator_accepts_a_crate(crate: Path) -> None:
    written(crate)
    script = Path(__file__).parents[1] / "helpers/validate_crate.py"
    done = subprocess.run(
        [
            *(Path(os.environ["ECNET_VALIDATORS"]) / "python", script),
            *(crate, json.dumps(TERMS)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *issues, checks = done.stdout.splitlines()
    assert [issue for issue in issues if issue.startswith("REQUIRED")] == []
    assert int(checks.split()[0]) > 50
