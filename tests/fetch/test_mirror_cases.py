"""Mirrors with additional files: each native file is read once."""

import gzip
import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from ecnet import datasets, readers
from ecnet.audit import detect_format
from ecnet.errors import InputError
from ecnet.fetch import listing, sources
from ecnet.fetch.sources import Located
from ecnet.readers.compressed import opened

BEST = "UNSW_2018_IoT_Botnet_Final_10_"
LOG = "CTU-Honeypot-Capture-7-1.conn.log.labeled"
SCENARIOS = "iot-23/opt/Malware-Project/BigDataset/IoTScenarios"
TEST = {"nsl-kdd/KDDTest+.txt": "test"}


class Case(NamedTuple):
    """A mirror. files: path -> text. read: name of a file that is read -> its path in the mirror.

    skipped: the paths that are reported as not read.
    """

    what: str
    dataset: str
    format: str
    files: Mapping[str, str]
    read: Mapping[str, str]
    skipped: tuple[str, ...] = ()


def nsl(what: str, more: Mapping[str, str], train: str, *skipped: str) -> Case:
    read = {Path(train).name: f"nsl-kdd/{train}", "KDDTest+.txt": "nsl-kdd/KDDTest+.txt"}
    return Case(what, "nsl-kdd", "full", {**TEST, **more}, read, skipped)


def named(what: str, dataset: str, format: str, names: str, read: str, *skipped: str) -> Case:
    """Return the case of files in the folder of a dataset, each with different content."""
    files = {f"{dataset}/{name}": name for name in names.split()}
    chosen = {Path(name).name: f"{dataset}/{name}" for name in read.split()}
    return Case(
        what, dataset, format, files, chosen, tuple(f"{dataset}/{name}" for name in skipped)
    )


def zeek(what: str, files: Mapping[str, str], read: Mapping[str, str], *skipped: str) -> Case:
    return Case(what, "iot-23", "zeek", files, read, skipped)


CASES = [
    nsl("plain", {"nsl-kdd/KDDTrain+.txt": "train"}, "KDDTrain+.txt"),
    nsl("packed", {"nsl-kdd/KDDTrain+.txt.zst": "train"}, "KDDTrain+.txt.zst"),
    *(
        nsl(
            f"plain beside {packing}",
            {"nsl-kdd/KDDTrain+.txt": "train", f"nsl-kdd/KDDTrain+.txt{packing}": "no archive"},
            "KDDTrain+.txt",
            f"nsl-kdd/KDDTrain+.txt{packing}",
        )
        for packing in (".gz", ".zst", ".zip")
    ),
    nsl(
        "two packings",
        {"nsl-kdd/KDDTrain+.txt.zip": "z", "nsl-kdd/KDDTrain+.txt.gz": "g"},
        "KDDTrain+.txt.gz",
        "nsl-kdd/KDDTrain+.txt.zip",
    ),
    nsl(
        "packed, and unpacked in a folder",
        {"nsl-kdd/KDDTrain+.txt.zip": "z", "nsl-kdd/KDDTrain+/KDDTrain+.txt": "train"},
        "KDDTrain+/KDDTrain+.txt",
        "nsl-kdd/KDDTrain+.txt.zip",
    ),
    nsl(
        "what an interrupted gunzip leaves beside the packed file",
        {"nsl-kdd/KDDTrain+.txt": "", "nsl-kdd/KDDTrain+.txt.gz": "g"},
        "KDDTrain+.txt.gz",
        "nsl-kdd/KDDTrain+.txt",
    ),
    nsl(
        "equal copies in two folders",
        {"nsl-kdd/KDDTrain+.txt": "a", "nsl-kdd/old/KDDTrain+.txt": "a"},
        "KDDTrain+.txt",
        "nsl-kdd/old/KDDTrain+.txt",
    ),
    nsl(
        "two files of a name that no source has",
        {"nsl-kdd/KDDTrain+.txt": "train", "nsl-kdd/a/README.md": "a", "nsl-kdd/b/README.md": "b"},
        "KDDTrain+.txt",
    ),
    nsl(
        "what Finder, editors, browsers and unfinished downloads leave",
        {
            "nsl-kdd/KDDTrain+.txt": "train",
            **dict.fromkeys(
                (
                    *("nsl-kdd/.DS_Store", "nsl-kdd/sub/.DS_Store", "nsl-kdd/._KDDTrain+.txt"),
                    *("nsl-kdd/__MACOSX/KDDTrain+.txt", "nsl-kdd/.git/KDDTrain+.txt"),
                    *("nsl-kdd/.KDDTrain+.txt.gz.part", "nsl-kdd/KDDTrain+.txt~"),
                    *("nsl-kdd/KDDTrain+.txt.bak", "nsl-kdd/KDDTrain+ (1).txt"),
                    *("nsl-kdd/Copy of KDDTrain+.txt", "nsl-kdd/KDDTrain+.txt.part"),
                    *(".Trash/nsl-kdd/KDDTrain+.txt", "__MACOSX/nsl-kdd/KDDTrain+.txt"),
                ),
                "another",
            ),
        },
        "KDDTrain+.txt",
    ),
    nsl(
        "both formats",
        {"nsl-kdd/KDDTrain+.txt": "train", "nsl-kdd/KDDTrain+_20Percent.txt": "p"},
        "KDDTrain+.txt",
    ),
    named(
        "a whole beside its parts",
        *("bot-iot", "10best"),
        f"{BEST}Best.csv {BEST}best_Training.csv {BEST}best_Testing.csv training_attack.csv",
        f"{BEST}Best.csv",
        *(f"{BEST}best_Training.csv", f"{BEST}best_Testing.csv", "training_attack.csv"),
    ),
    named(
        "a part beside its pieces and another's",
        *("bot-iot", "10best"),
        f"{BEST}best_Testing.csv training_attack.csv training_normal.csv sample.tsv",
        f"{BEST}best_Testing.csv training_attack.csv training_normal.csv",
        "sample.tsv",
    ),
    named(
        "pieces alone",
        *("bot-iot", "10best"),
        "10best/training_attack.csv.gz 10best/training_normal.csv.gz 10best/sample.tsv.gz",
        "10best/training_attack.csv.gz 10best/training_normal.csv.gz 10best/sample.tsv.gz",
    ),
    named(
        "the whole as published",
        *("bot-iot", "10best"),
        f"10-best/{BEST}Best.csv",
        f"10-best/{BEST}Best.csv",
    ),
    named(
        "copies of one of many files",
        *("bot-iot", "argus"),
        "UNSW_2018_IoT_Botnet_Dataset_1.csv UNSW_2018_IoT_Botnet_Dataset_74.csv "
        "UNSW_2018_IoT_Botnet_Dataset_1_copy.csv UNSW_2018_IoT_Botnet_Dataset_1(1).csv",
        "UNSW_2018_IoT_Botnet_Dataset_1.csv UNSW_2018_IoT_Botnet_Dataset_74.csv",
    ),
    named(
        "one of many files packed and not",
        *("bot-iot", "full5pc"),
        "UNSW_2018_IoT_Botnet_Full5pc_1.csv.gz UNSW_2018_IoT_Botnet_Full5pc_1.csv "
        "UNSW_2018_IoT_Botnet_Full5pc_2.csv UNSW_2018_IoT_Botnet_Full5pc_all.csv",
        "UNSW_2018_IoT_Botnet_Full5pc_1.csv UNSW_2018_IoT_Botnet_Full5pc_2.csv",
        "UNSW_2018_IoT_Botnet_Full5pc_1.csv.gz",
    ),
    zeek(
        "the official archive as unpacked",
        {
            f"{SCENARIOS}/CTU-Honeypot-Capture-7-1/Somfy-01/bro/conn.log.labeled": "7",
            f"{SCENARIOS}/CTU-Honeypot-Capture-4-1/bro/conn.log.labeled.gz": "4",
            f"{SCENARIOS}/CTU-Honeypot-Capture-4-1/bro/conn.log": "no labels",
            f"{SCENARIOS}/CTU-Honeypot-Capture-4-1/README.md": "4",
            f"{SCENARIOS}/CTU-Honeypot-Capture-7-1/README.md": "7",
        },
        {
            LOG: f"{SCENARIOS}/CTU-Honeypot-Capture-7-1/Somfy-01/bro/conn.log.labeled",
            LOG.replace("7-1", "4-1") + ".gz": (
                f"{SCENARIOS}/CTU-Honeypot-Capture-4-1/bro/conn.log.labeled.gz"
            ),
        },
    ),
    zeek(
        "a capture as in the archive, and packed under its own name",
        {f"iot-23/{LOG}.gz": "g", "iot-23/CTU-Honeypot-Capture-7-1/bro/conn.log.labeled": "p"},
        {LOG: "iot-23/CTU-Honeypot-Capture-7-1/bro/conn.log.labeled"},
        f"iot-23/{LOG}.gz",
    ),
    zeek(
        "captures as copies on Kaggle name them",
        {
            "iot-23/CTU-Honeypot-Capture-7-1conn.log.labeled.csv": "7",
            "iot-23/CTU-Honeypot-Capture-4-1.conn.log.labeled.csv.gz": "4",
        },
        {
            LOG: "iot-23/CTU-Honeypot-Capture-7-1conn.log.labeled.csv",
            LOG.replace("7-1", "4-1") + ".gz": (
                "iot-23/CTU-Honeypot-Capture-4-1.conn.log.labeled.csv.gz"
            ),
        },
    ),
]
DIFFERENT = [
    ("nsl-kdd", "KDDTrain+.txt old/KDDTrain+.txt KDDTest+.txt"),
    ("nsl-kdd", "a/KDDTrain+.txt.gz b/KDDTrain+.txt.gz KDDTest+.txt"),
    ("iot-23", f"{LOG} CTU-Honeypot-Capture-7-1/bro/conn.log.labeled"),
    ("bot-iot", f"{BEST}Best.csv {BEST}best.csv"),
    ("bot-iot", "a/UNSW_2018_IoT_Botnet_Dataset_1.csv b/UNSW_2018_IoT_Botnet_Dataset_1.csv"),
]


def made(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / "mirror" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder / "mirror"


def stated(mirror: Path) -> str:
    """Return the SHA256SUMS of a mirror."""
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(mirror)}\n"
        for path in sorted(mirror.rglob("*"))
        if path.is_file()
    )


def located(mirror: Path | str, name: str, *formats: str) -> Located | None:
    dataset = datasets.load(name)
    wanted = formats or tuple(format.name for format in dataset.formats)
    return sources.mirrored(dataset, wanted, listing.read(str(mirror)))


@pytest.mark.parametrize("case", CASES, ids=[case.what for case in CASES])
def test_a_native_file_is_read_once_whatever_is_beside_it(case: Case, tmp_path: Path) -> None:
    mirror = made(tmp_path, case.files)
    found = located(mirror, case.dataset)
    assert found is not None
    assert found.format == case.format
    assert found.files == {name: str(mirror / path) for name, path in case.read.items()}
    assert sorted(one.skipped for one in found.skipped) == sorted(case.skipped)
    assert {one.read for one in found.skipped} <= set(case.read.values())


@pytest.mark.parametrize("case", CASES, ids=[case.what for case in CASES])
def test_a_mirror_over_http_follows_the_same_rules(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sums = stated(made(tmp_path, case.files))
    monkeypatch.setattr("ecnet.fetch.download.text", lambda _: sums)
    found = located("http://mirror.example/data/", case.dataset)
    assert found is not None
    quoted = {name: path.replace("+", "%2B") for name, path in case.read.items()}
    assert found.files == {n: f"http://mirror.example/data/{path}" for n, path in quoted.items()}
    assert sorted(one.skipped for one in found.skipped) == sorted(case.skipped)


@pytest.mark.parametrize(("dataset", "names"), DIFFERENT, ids=[names for _, names in DIFFERENT])
def test_different_files_with_the_same_native_name_are_an_error(
    dataset: str, names: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = made(tmp_path, {f"{dataset}/{name}": name for name in names.split()})
    both = sorted(f"{dataset}/{name}" for name in names.split()[:2])
    with pytest.raises(InputError, match="differ; remove one from the mirror") as stopped:
        located(mirror, dataset)
    assert all(path in str(stopped.value) for path in both)
    sums = stated(mirror)
    with monkeypatch.context() as patched:
        patched.setattr("ecnet.fetch.download.text", lambda _: sums)
        with pytest.raises(InputError, match="differ; remove one from the mirror"):
            located("http://mirror.example", dataset)
    (mirror / both[1]).unlink()  # as it says
    assert located(mirror, dataset) is not None


@pytest.mark.parametrize("pair", ["flood.pcap capture_flood.pcap", "flood.pcap flood.pcapng.gz"])
def test_a_capture_under_two_names_is_read_once_or_is_an_error(pair: str, tmp_path: Path) -> None:
    names = "benign.pcap bruteforce.pcap malaria.pcap malformed.pcap slowite.pcap " + pair
    files = {f"mqttset/{name}": f"content of {name}" for name in names.split()}
    mirror = made(tmp_path, files)
    with pytest.raises(InputError, match=r"mqttset/flood\.pcap.* differ"):
        located(mirror, "mqttset")
    second = pair.split()[1]
    content = b"content of flood.pcap"
    made(tmp_path, {f"mqttset/{second}": gzip.compress(content) if "gz" in second else content})
    found = located(mirror, "mqttset")
    assert found is not None
    assert len(found.files) == 6
    assert len(found.skipped) == 1


def test_a_dataset_can_read_the_files_of_another_one(tmp_path: Path) -> None:
    names = ["benign", "bruteforce", "flood", "malariados", "malformed", "slowite"]
    mirror = made(tmp_path, {f"mqttset/{name}.pcap": name for name in names})
    found = located(mirror, "mqttset-frames")
    assert found is not None
    assert set(found.files) == {f"{name}.pcap" for name in names}
    assert detect_format.detect(mirror / "mqttset/flood.pcap").dataset.name == "mqttset"
    asked = detect_format.detect(mirror / "mqttset/flood.pcap", "mqttset-frames/pcap")
    assert (asked.dataset.name, asked.source.label) == ("mqttset-frames", "MQTTFlood")


def test_compressed_files_with_equal_content_in_two_folders_are_read_once(tmp_path: Path) -> None:
    packed = {f"nsl-kdd/{n}/KDDTrain+.txt.gz": gzip.compress(b"x" * 99, n) for n in (1, 9)}
    found = located(made(tmp_path, {**TEST, **packed}), "nsl-kdd")
    assert found is not None
    assert [one.skipped for one in found.skipped] == ["nsl-kdd/9/KDDTrain+.txt.gz"]


def test_a_folder_reached_by_two_links_is_listed_once(tmp_path: Path) -> None:
    mirror = made(tmp_path, {**TEST, "nsl-kdd/a/KDDTrain+.txt": "train"})
    (mirror / "nsl-kdd/b").symlink_to("a")
    (mirror / "nsl-kdd/a/circle").symlink_to("..")
    elsewhere = tmp_path / "elsewhere/bro"
    elsewhere.mkdir(parents=True)
    (elsewhere / "conn.log.labeled").touch()
    (mirror / "iot-23").mkdir()
    (mirror / "iot-23/CTU-Honeypot-Capture-7-1").symlink_to(elsewhere.parent)
    found = located(mirror, "nsl-kdd")
    assert found is not None
    assert not found.skipped
    assert located(mirror, "iot-23") is not None


def test_a_broken_link_is_an_error_only_for_a_required_file(tmp_path: Path) -> None:
    mirror = made(tmp_path, {**TEST, "nsl-kdd/KDDTrain+.txt": "train"})
    (mirror / "nsl-kdd/notes.txt").symlink_to("nowhere")
    assert located(mirror, "nsl-kdd") is not None
    (mirror / "nsl-kdd/KDDTrain+.txt").unlink()
    (mirror / "nsl-kdd/KDDTrain+.txt").symlink_to("nowhere")
    with pytest.raises(
        InputError, match=r"nsl-kdd/KDDTrain\+\.txt is not a file, or a broken link"
    ):
        located(mirror, "nsl-kdd")
    made(tmp_path, {"nsl-kdd/KDDTrain+.txt.gz": "g"})
    found = located(mirror, "nsl-kdd")
    assert found is not None
    assert sorted(found.files) == ["KDDTest+.txt", "KDDTrain+.txt.gz"]


def test_a_zip_of_two_files_is_not_read_if_the_uncompressed_file_is_beside_it(
    tmp_path: Path,
) -> None:
    mirror = made(tmp_path, {**TEST, "nsl-kdd/KDDTrain+.txt": "train"})
    with zipfile.ZipFile(mirror / "nsl-kdd/KDDTrain+.txt.zip", "w") as archive:
        archive.writestr("KDDTrain+.txt", "train")
        archive.writestr("README", "of the archive")
    found = located(mirror, "nsl-kdd")
    assert found is not None
    assert sorted(found.files) == ["KDDTest+.txt", "KDDTrain+.txt"]


def test_an_audited_capture_uses_the_uncompressed_rules_beside_it(tmp_path: Path) -> None:
    format = datasets.load("iot-ni").format("pcap")
    for name in ("labelling_rules.csv", "labelling_rules.csv.gz", "labelling_rules.csv~"):
        (tmp_path / name).touch()
    beside = detect_format._companions(tmp_path / "benign-dec.pcap", format)
    assert beside == {"labelling_rules.csv": tmp_path / "labelling_rules.csv"}
    (tmp_path / "labelling_rules.csv").unlink()
    beside = detect_format._companions(tmp_path / "benign-dec.pcap", format)
    assert beside == {"labelling_rules.csv": tmp_path / "labelling_rules.csv.gz"}


def test_the_harder_test_set_is_read_only_if_its_format_is_named(tmp_path: Path) -> None:
    names = ("KDDTrain+.txt", "KDDTest+.txt", "KDDTest-21.txt")
    mirror = made(tmp_path, {f"nsl-kdd/{name}": name for name in names})
    usual, harder = located(mirror, "nsl-kdd", "full"), located(mirror, "nsl-kdd", "test-21")
    assert usual is not None
    assert harder is not None
    assert set(usual.files) == {"KDDTrain+.txt", "KDDTest+.txt"}
    assert set(harder.files) == {"KDDTrain+.txt", "KDDTest-21.txt"}


@pytest.mark.parametrize("suffix", [".gz", ".zip"])
def test_a_file_shorter_than_its_compressed_variant_is_an_error(
    tmp_path: Path, suffix: str
) -> None:
    packed = gzip.compress(b"whole") if suffix == ".gz" else zip_of({"KDDTrain+.txt": "whole"})
    files = {**TEST, "nsl-kdd/KDDTrain+.txt": "cut", f"nsl-kdd/KDDTrain+.txt{suffix}": packed}
    with pytest.raises(InputError, match="differ; remove one"):
        located(made(tmp_path, files), "nsl-kdd")


def test_a_gz_of_two_members_is_their_concatenation(tmp_path: Path) -> None:
    packed = gzip.compress(b"tra") + gzip.compress(b"in")
    files = {**TEST, "nsl-kdd/KDDTrain+.txt": "train", "nsl-kdd/KDDTrain+.txt.gz": packed}
    found = located(made(tmp_path, files), "nsl-kdd")
    assert found is not None
    assert len(found.skipped) == 1


@pytest.mark.parametrize(
    "copy",
    [{"KDDTrain+.txt": "test"}, {"KDDTrain+.txt.gz": gzip.compress(b"test")}],
    ids=["plain", "packed"],
)
def test_two_native_files_with_the_same_content_are_an_error(
    tmp_path: Path, copy: Mapping[str, str | bytes]
) -> None:
    mirror = made(tmp_path, {**TEST, **{f"nsl-kdd/{name}": of for name, of in copy.items()}})
    with pytest.raises(InputError, match=r"nsl-kdd/KDDTrain.* but have the same content"):
        located(mirror, "nsl-kdd")


def zip_of(members: Mapping[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return content.getvalue()


@pytest.mark.parametrize(
    "more", ["__MACOSX/._KDDTrain+.txt", ".DS_Store", "NSL-KDD/._KDDTrain+.txt", "NSL-KDD/"]
)
def test_hidden_files_in_a_zip_are_ignored(tmp_path: Path, more: str) -> None:
    path = tmp_path / "KDDTrain+.txt.zip"
    path.write_bytes(zip_of({more: "", "NSL-KDD/KDDTrain+.txt": "train"}))
    with opened(path) as stream:
        assert stream.read() == b"train"


def test_a_zip_of_another_file_of_the_dataset_is_an_error(tmp_path: Path) -> None:
    format = datasets.load("bot-iot").format("argus")
    path = tmp_path / "UNSW_2018_IoT_Botnet_Dataset_1.csv.zip"
    path.write_bytes(zip_of({"UNSW_2018_IoT_Botnet_Dataset_2.csv": "1"}))
    with pytest.raises(InputError, match=r"contains UNSW_2018_IoT_Botnet_Dataset_2\.csv, which is"):
        list(readers.read(path, format, format.source(path.name)))


@pytest.mark.parametrize("suffix", ["", ".gz", ".zip"])
def test_one_of_many_files_is_read_in_any_compression(tmp_path: Path, suffix: str) -> None:
    format = datasets.load("bot-iot").format("argus")
    name = "UNSW_2018_IoT_Botnet_Dataset_1.csv"
    path = tmp_path / f"{name}{suffix}"
    pack = {"": str.encode, ".gz": lambda text: gzip.compress(text.encode())}
    pack[".zip"] = lambda text: zip_of({name: text})
    path.write_bytes(pack[suffix](",".join(["1"] * 32 + ["0", "Normal", "Normal"]) + "\n"))
    (batch,) = readers.read(path, format, format.source(path.name))
    assert batch.records["label"].tolist() == ["Normal"]


HINTS = {
    "KDDTRAIN+.TXT": r"rename it to KDDTrain\+\.txt",
    "KDDTrain+ (1).txt": r"rename it to KDDTrain\+\.txt",
    "KDDTrain%2B.txt": r"rename it to KDDTrain\+\.txt",
    "KDDTrain+.txt.txt": r"rename it to KDDTrain\+\.txt",
    "KDDTrain+.txt.bz2": r"but KDDTrain\+\.txt\.bz2; unpack it there",
    "KDDTrain+.txt.GZ": r"but KDDTrain\+\.txt\.GZ; unpack it there",
    "NSL-KDD.7z": r"but NSL-KDD\.7z; unpack it there",
    "notes.txt": r"lacks KDDTrain\+\.txt of the format full\)",
}


@pytest.mark.parametrize("name", HINTS)
def test_a_message_says_how_to_turn_a_file_into_the_missing_one(tmp_path: Path, name: str) -> None:
    mirror = made(tmp_path, {**TEST, f"nsl-kdd/{name}": "x"})
    dataset, listed = datasets.load("nsl-kdd"), listing.read(str(mirror))
    said = sources.absent(dataset, ["full"], "mirror", str(mirror), listed)
    assert re.search(HINTS[name], said)
