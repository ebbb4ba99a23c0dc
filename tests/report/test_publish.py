"""A finished run is published as Markdown and SVG: what was found, on which records."""

import hashlib
import json
import re
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
import resultfiles as given
import verdictfiles
from verdictfiles import claim

from ecnet.errors import InputError
from ecnet.render import catalogue
from ecnet.report.publish import PUBLISHED, publish

COUNTED = {
    "iot-23": {
        **{
            "dataset": "iot-23",
            "title": "IoT-23",
            "source": "mirror",
            "format_title": "Zeek | log",
        },
        **{"published_files": 23, "rejected": 3},
        "files": [
            {"file": "b.log", "sha256": "2" * 64, "records": 1200, "rejected": 3},
            {"file": "a.log", "sha256": "1" * 64, "records": 300, "rejected": 0},
        ],
        "classes": {"Benign": {"kept": 900}, "C&C": {"kept": 12}, "Okiru": {"kept": 0}},
    },
    "nsl-kdd": {
        **{"dataset": "nsl-kdd", "title": "NSL-KDD", "source": "mirror", "format_title": "Flows"},
        **{"published_files": None, "rejected": 0},
        "files": [{"file": "KDDTrain+.txt", "sha256": "3" * 64, "records": 60, "rejected": 0}],
        "classes": {"Normal": {"kept": 30}, "DoS": {"kept": 30}},
    },
}
VERSION = hashlib.sha256(f"{'1' * 64}  a.log\n{'2' * 64}  b.log\n".encode()).hexdigest()[:12]


def finished(folder: Path, *, simulated: tuple[str, ...] = ()) -> Path:
    """Write what a run leaves behind, as far as it is published, and return its folder."""
    counted = {
        name: one | {"source": "simulated" if name in simulated else one["source"]}
        for name, one in COUNTED.items()
    }
    results = folder / "results"
    for name, one in counted.items():
        write(folder / f"data/sampled/{name}.json", one)
    write(results / "provenance.json", recorded(counted))
    write(results / "protocols.json", {})
    verdictfiles.write_statistics(results / "statistics.json")
    held = (claim(verdict="holds", headline="EcNet < all | *one*."), claim("two", data="mixed"))
    verdictfiles.write(results / "claims.json", *held)
    files = {"claims": results / "claims.json"}
    given.make(results / "figures", "forest_plots", files=files)
    for result in catalogue.RESULTS:
        if result.name in PUBLISHED:
            stem = (folder / result.files[0]).with_suffix("")
            for suffix in (".md", ".csv", ".svg", ".provenance.json"):
                path = stem.with_name(stem.name + suffix)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"| {result.name} |\n| --- |\n| 1 |\n")
    (folder / "docs").mkdir(exist_ok=True)
    (folder / "docs/protocol.md").touch()
    (folder / "docs/records.yaml").write_text(f'"{VERSION}": Two captures of **one** lab.\n')
    return folder


def recorded(counted: dict[str, Any]) -> dict[str, Any]:
    return {
        "params": {"seeds": "00112233"},
        "code": {"train.train": "44556677"},
        "lock": "c" * 64,
        "datasets": {
            name: {
                "source": one["source"],
                "files": {file["file"]: file["sha256"] for file in one["files"]},
            }
            for name, one in counted.items()
        },
        "processor": {"architecture": "x86_64", "model": "A processor", "threads": 1},
        "libraries": {"numpy": "2.4"},
    }


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def published(run: Path) -> str:
    publish(run=run, about=run / "docs/records.yaml", output=run / "docs/results")
    return (run / "docs/results/README.md").read_text(encoding="utf-8")


def test_what_models_take_of_a_microcontroller_is_a_page_of_its_own(tmp_path: Path) -> None:
    run = finished(tmp_path)
    folder = run / catalogue.DEVICES
    folder.mkdir()
    verdictfiles.write(folder / "claims.json", claim("light", verdict="holds", headline="Light."))
    for name in ("light.md", "light.csv", "cost.md", "cost.csv", "accuracy_by_cost.svg"):
        (folder / name).write_text(f"| {name} |\n| --- |\n| 1 |\n")
    output = run / "docs/results/devices"
    publish(run=run, about=run / "docs/records.yaml", of="devices", output=output)
    page = (output / "README.md").read_text(encoding="utf-8")
    parts = ("# On a microcontroller, on real records", "### Holds", "- Light.", "| cost.md |")
    assert sorted(parts, key=page.index) == list(parts)
    assert (output / "accuracy_by_cost.svg").exists()
    assert (output / "provenance.json").exists()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = finished(tmp_path_factory.mktemp("run"))
    published(folder)
    return folder


@pytest.fixture(scope="module")
def page(run: Path) -> str:
    return (run / "docs/results/README.md").read_text(encoding="utf-8")


def test_it_begins_with_counts_the_picture_and_a_sentence_for_each_claim(page: str) -> None:
    parts = ("# Results on real records", "| \N{CHECK MARK} holds | 1 |", "<picture>", "### Holds",
             r"- EcNet \< all \| \*one\*. *Table VI*", "### Practically equal",
             "## The records")  # fmt: skip
    assert sorted(parts, key=page.index) == list(parts)


def test_it_says_which_records_these_are_and_what_they_cannot_show(page: str) -> None:
    row = rf"| IoT-23 | mirror | Zeek \| log | 2 of 23 | 1,500 | 3 | 912 | `{VERSION}` |"
    assert row in page
    limits = "2 of 23 published files; no record of Okiru; fewer than 30 records of C&C (12)"
    assert f"- **IoT-23**: Two captures of **one** lab. Limits: {limits}." in page
    assert "| NSL-KDD | mirror | Flows | 1 of an unknown number | 60 |" in page
    assert "**NSL-KDD**" not in page  # nothing is written of it, and it lacks nothing
    assert f"| IoT-23 | b.log | 1,200 | 3 | `{'2' * 64}` |" in page


def test_it_shows_every_result_and_links_to_files_that_are_there(run: Path, page: str) -> None:
    for name in PUBLISHED:
        assert f"| {name} |" in page or f"]({name}.svg)" in page
    links = re.findall(r'\]\(([^)#]+)\)|(?:src|srcset)="([^"]+)"', page)
    assert len(links) > 6
    assert [
        one for pair in links for one in pair if one and not (run / "docs/results" / one).exists()
    ] == []
    assert page.count("<details>") == page.count("\n</details>\n")


def test_every_number_leads_to_a_file_of_the_run_by_its_digest(run: Path, page: str) -> None:
    named = re.findall(r"^\| `(results/[^`]+)` \| `(\w+)` \|$", page, flags=re.MULTILINE)
    needed = ("claims.json", "tables/table_6.csv", "tables/table_6.provenance.json",
              "audit/audit.svg")  # fmt: skip
    assert {f"results/{name}" for name in needed} <= dict(named).keys()
    for name, digest in named:
        assert hashlib.sha256((run / name).read_bytes()).hexdigest() == digest
    copied = (run / "docs/results/provenance.json").read_bytes()
    assert copied == (run / "results/provenance.json").read_bytes()
    assert "seeds `00112233`." in page


def test_the_forest_plot_is_there_for_both_grounds(run: Path) -> None:
    light, dark = (run / f"docs/results/forest{end}.svg" for end in ("", "_dark"))
    assert light.read_bytes() == (run / "results/figures/forest.svg").read_bytes()
    assert "#ffffff" in light.read_text()
    assert "#ffffff" not in dark.read_text()


def test_simulated_records_are_said_to_be(tmp_path: Path) -> None:
    every = published(finished(tmp_path / "every", simulated=("iot-23", "nsl-kdd")))
    assert "# Results on simulated traffic\n\n**All records are simulated" in every
    some = published(finished(tmp_path / "some", simulated=("nsl-kdd",)))
    assert "# Results on real and simulated records" in some
    assert "simulated by this project:** NSL-KDD. What" in some


def test_nothing_of_the_machine_is_published(run: Path, page: str) -> None:
    assert str(run) not in page
    assert socket.gethostname() not in page.split()
    table = run / "results/tables/inflation.md"
    before = table.read_text()
    table.write_text(f"Absent: not in {run}/mirror.\n")
    (run / "mirror").mkdir()
    with pytest.raises(InputError, match="a path of this machine"):
        published(run)
    table.write_text(before)


def test_the_same_run_gives_the_same_bytes(tmp_path: Path, page: str) -> None:
    assert published(finished(tmp_path)) == page


def test_the_commit_is_the_last_that_changed_code_or_parameters(tmp_path: Path) -> None:
    run = finished(tmp_path)
    assert "commit not known (no git repository)" in published(run)

    def git(*arguments: str) -> str:
        own = ("-c", "user.name=a", "-c", "user.email=a@b.example", "-C", str(run))
        done = subprocess.run(["git", *own, *arguments], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    git("init", "--quiet")
    (run / "params.yaml").write_text("a: 1\n")
    git("add", "params.yaml")
    git("commit", "--quiet", "--message", "code")
    commit = git("rev-parse", "HEAD")
    git("add", "docs")
    git("commit", "--quiet", "--message", "results")
    assert f"commit {commit}.\n" in published(run)
    (run / "params.yaml").write_text("a: 2\n")
    assert f"commit {commit}, with changes that are in no commit.\n" in published(run)


def test_what_is_made_on_request_and_was_not_made_is_said(tmp_path: Path) -> None:
    run = finished(tmp_path)
    for path in (run / "results/tables").glob("inflation.*"):
        path.unlink()
    text = published(run)
    assert (
        "Not made in this run: Scores under careless protocols (`snakemake results/protocols`)"
        in (" ".join(text.split()))
    )


def test_a_run_that_is_not_finished_is_named_in_one_line(tmp_path: Path) -> None:
    run = finished(tmp_path)
    (run / "results/tables/table_7.md").unlink()
    with pytest.raises(InputError, match=r"table_7\.md: cannot be read .* run snakemake"):
        published(run)
    assert not (run / "docs/results").exists()
    finished(tmp_path)
    other = recorded(COUNTED)
    other["datasets"]["nsl-kdd"]["files"]["more.txt"] = "4" * 64
    write(run / "results/provenance.json", other)
    with pytest.raises(InputError, match="holds other files of nsl-kdd than data/sampled"):
        published(run)
    finished(tmp_path)
    (run / "docs/records.yaml").write_text("123456789012: text\n")
    with pytest.raises(InputError, match=r"records\.yaml: is not a text for each version"):
        published(run)
