"""The records of Snakemake and DVC, compared with the disk."""

import json
import re
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
import yaml

from ecnet.errors import InputError
from ecnet.files import digest
from ecnet.provenance import dvc_lock, snakemake_metadata, verify
from ecnet.runtime import cli

TABLE = "results/tables/table_6.csv"
METRICS = "results/metrics/ecnet.json"
MODEL = "results/models/ecnet.safetensors"
LOCK = "requirements.lock"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table made of metrics, made of a model; each with its record."""
    monkeypatch.chdir(tmp_path)
    for name in (TABLE, METRICS, MODEL, LOCK):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(f"content of {name}")
    record(TABLE, METRICS, LOCK)
    record(METRICS, MODEL)
    record(MODEL)
    return tmp_path


def record(output: str, *inputs: str) -> Path:
    """Write a record as Snakemake does."""
    sums = {name: f"sha256:{digest(Path(name), 'sha256')}" for name in inputs}
    path = Path(".snakemake/metadata", urlsafe_b64encode(output.encode()).decode())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"rule": "a", "input": list(inputs), "input_checksums": sums}))
    return path


def lock(*outs: dict[str, str]) -> None:
    Path("dvc.lock").write_text(yaml.safe_dump({"stages": {"all": {"outs": list(outs)}}}))


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = cli.main(["verify", *arguments])
    printed = capsys.readouterr()
    return status, printed.out + printed.err


@pytest.mark.usefixtures("folder")
def test_unchanged_files_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys) == (0, "3 files are as recorded\n")


@pytest.mark.usefixtures("folder")
def test_a_raw_file_that_was_deleted_when_sampled_passes_and_a_lost_one_does_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    raw, known = Path("data/raw/nsl-kdd/KDDTrain+.txt"), Path("data/provenance/nsl-kdd")
    raw.parent.mkdir(parents=True)
    known.mkdir(parents=True)
    raw.write_text("flows")
    (known / f"{raw.name}.json").write_text(json.dumps({"sha256": digest(raw, "sha256")}))
    record(MODEL, str(raw))
    record(f"{known}/{raw.name}.json")
    raw.unlink()
    assert shown(capsys)[0] == 0
    (known / f"{raw.name}.json").write_text(json.dumps({"sha256": "another"}))
    status, printed = shown(capsys)
    assert status == 1
    assert f"{raw}: is missing, and {MODEL} was made from it" in printed


@pytest.mark.parametrize("name", [METRICS, MODEL, LOCK])
def test_a_changed_byte_is_named_with_the_files_made_from_it(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (folder / name).write_text("content of something")
    status, text = shown(capsys, "--touch")
    assert status == 1
    assert text.startswith(f"{name}: SHA-256 is ")
    assert "Files that differ: 1; nothing was changed" in text


def test_a_missing_file_a_missing_record_and_a_missing_digest_are_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / MODEL).unlink()
    assert f"{MODEL}: is missing, and {METRICS} was made from it" in shown(capsys)[1]
    (folder / MODEL).write_text(f"content of {MODEL}")
    path = record(MODEL)
    path.unlink()
    assert f"{MODEL}: there is no record of how it was made" in shown(capsys)[1]
    record(MODEL)
    path = record(METRICS, MODEL)
    path.write_text(path.read_text().replace("sha256:", "").replace(f'"{MODEL}": "', '"x": "'))
    assert f"{MODEL}: no digest was recorded when {METRICS}" in shown(capsys)[1]


def test_only_verified_files_are_touched_and_get_one_time(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {name: (folder / name).stat().st_mtime_ns for name in (TABLE, METRICS, MODEL)}
    (folder / LOCK).write_text("other")
    assert shown(capsys, "--touch")[0] == 1
    assert before == {name: (folder / name).stat().st_mtime_ns for name in before}
    record(TABLE, METRICS, LOCK)
    assert shown(capsys, "--touch")[0] == 0
    assert len({(folder / name).stat().st_mtime_ns for name in before}) == 1
    assert before != {name: (folder / name).stat().st_mtime_ns for name in before}


def test_many_differences_are_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"results/metrics/{number}.json" for number in range(verify.MOST + 5)]
    for name in names:
        (folder / name).write_text("1")
    record(TABLE, *names)
    status, text = shown(capsys)
    assert status == 1
    assert text.count("there is no record") == verify.MOST
    assert "\nand 5 more\n" in text
    assert f"Files that differ: {len(names)};" in text


def test_a_broken_record_is_named_with_the_remedy(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for broken in ("{", '{"input": 3}', "[]"):
        record(MODEL).write_text(broken)
        status, text = shown(capsys)
        assert status == 2
        assert f"the record of {MODEL} cannot be read; delete {MODEL} and run again" in text
    assert (folder / MODEL).exists()


def test_without_a_table_there_is_nothing_to_verify(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    status, text = shown(capsys)
    assert status == 2
    assert "nothing to verify; make them first" in text


def test_inputs_of_the_report_are_compared(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = "results/report.html"
    (folder / report).write_text("page")
    record(report, TABLE)
    assert shown(capsys)[0] == 0
    (folder / TABLE).write_text("other")
    assert shown(capsys)[1].startswith(f"{TABLE}: SHA-256 is ")


@pytest.mark.usefixtures("folder")
def test_the_record_of_a_long_path_is_in_nested_folders() -> None:
    name = f"results/{'long/' * 60}model.json"
    encoded = urlsafe_b64encode(name.encode()).decode()
    place = Path(".snakemake/metadata", f"@{encoded[:254]}", encoded[254:])
    place.parent.mkdir(parents=True)
    place.write_text('{"input": ["a"], "input_checksums": {"a": "sha256:1"}}')
    assert snakemake_metadata.record(name) == snakemake_metadata.Record(("a",), {"a": "1"})


@pytest.mark.usefixtures("folder")
def test_outputs_without_a_record_are_found_but_not_files_of_users() -> None:
    scores = "results/scores/multiclass/nsl-kdd.json"  # git brings them to a clone
    for name in ("data/raw/a", "data/raw/b", "data/raw/notes.md", "results/.c.part", scores):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("1")
    unfinished = Path(".snakemake/incomplete", urlsafe_b64encode(b"data/raw/b").decode())
    unfinished.parent.mkdir()
    unfinished.touch()
    assert snakemake_metadata.unrecorded(lambda name: not name.endswith(".md")) == ["data/raw/a"]


@pytest.fixture
def dvc(folder: Path) -> None:
    (folder / ".dvc").mkdir()
    (folder / ".dvc/config").write_text("[core]\n    no_scm = true\n")


def cached(md5: str, content: bytes) -> None:
    """Put an object into DVC's cache."""
    path = Path(".dvc/cache/files/md5", md5[:2], md5[2:])
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


@pytest.mark.usefixtures("dvc")
def test_digests_of_dvc_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    md5, other = digest(Path(TABLE), "md5"), digest(Path(METRICS), "md5")
    lock({"path": TABLE, "md5": md5}, {"path": METRICS, "md5": other})
    cached(other, Path(METRICS).read_bytes())
    assert shown(capsys) == (0, "3 files are as recorded\n")
    Path(TABLE).write_text("altered")
    assert shown(capsys)[1].startswith(f"{TABLE}: is not what dvc.lock recorded")
    Path(TABLE).unlink()
    status, text = shown(capsys)
    assert status == 1
    assert re.match(rf"{TABLE}: is missing, and DVC's cache has no files/md5/../.{{30}}\n", text)


@pytest.mark.usefixtures("dvc")
def test_a_version_that_dvc_has_not_fetched_is_not_compared(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """So a clone without `make pull` can be verified when Snakemake has run there."""
    lock({"path": TABLE, "md5": "0" * 32}, {"path": "data/raw", "md5": "1" * 32 + ".dir"})
    status, text = shown(capsys)
    assert (status, text.splitlines()[0]) == (0, "3 files are as recorded")
    assert text.splitlines()[1].startswith("dvc.lock is not compared: ")
    assert shown(capsys, "--fetched")[0] == 1
    cached("0" * 32, b"")
    assert shown(capsys)[0] == 1


@pytest.mark.usefixtures("dvc")
def test_an_altered_list_of_files_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    md5 = "d751713988987e9331980363e24189ce.dir"  # of []
    lock({"path": "data/raw", "md5": md5})
    assert shown(capsys, "--fetched")[0] == 0  # an empty folder is as good as none
    lock({"path": "data/raw", "md5": f"0{md5[1:]}"})
    assert (
        "data/raw: DVC's cache has no list of its files, files/md5/"
        in shown(capsys, "--fetched")[1]
    )
    listing = Path(".dvc/cache/files/md5", "0" + md5[1], md5[2:])
    listing.parent.mkdir(parents=True)
    listing.write_text('[{"md5": "0", "relpath": "../../elsewhere"}]')
    status, text = shown(capsys, "--fetched")
    assert status == 2
    assert f"{md5[2:]}: was altered; delete it, then: dvc fetch" in text


@pytest.mark.usefixtures("folder")
def test_an_invalid_lock_file_is_named() -> None:
    for broken in ("stages: 3", "a: [", "[]"):
        Path("dvc.lock").write_text(broken)
        with pytest.raises(InputError, match=r"dvc\.lock: is not a lock file of DVC"):
            dvc_lock.altered()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("kind", ["hardlink", "symlink", "hardlink,copy", "reflink,symlink"])
def test_links_to_the_cache_are_refused(kind: str) -> None:
    Path(".dvc").mkdir()
    Path(".dvc/config").write_text("[cache]\n    type = copy\n")
    dvc_lock.check_cache()
    Path(".dvc/config.local").write_text(f"[cache]\n    type = {kind}\n")
    with pytest.raises(InputError, match=r"cache\.type is .*dvc config cache\.type copy"):
        dvc_lock.check_cache()


@pytest.mark.usefixtures("folder")
def test_a_remote_must_be_verified() -> None:
    dvc_lock.check_remotes()
    Path(".dvc").mkdir()
    Path(".dvc/config").write_text("['remote \"store\"']\n    url = s3://bucket\n")
    with pytest.raises(InputError, match="dvc remote modify store verify true"):
        dvc_lock.check_remotes()
    Path(".dvc/config.local").write_text("['remote \"store\"']\n    verify = true\n")
    dvc_lock.check_remotes()


@pytest.mark.usefixtures("folder")
def test_a_broken_config_is_named() -> None:
    Path(".dvc").mkdir()
    Path(".dvc/config").write_text("[cache\n")
    with pytest.raises(InputError, match=r"\.dvc/config: cannot be read"):
        dvc_lock.check_cache()
