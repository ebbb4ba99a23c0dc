"""Each kind of bad file ends the sample step with status 2, one line, and no output files."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import native
import pytest

from ecnet import datasets
from ecnet.files import write_json
from ecnet.runtime import cli

CAPTURE = "CTU-IoT-Malware-Capture-3-1.conn.log.labeled"


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("native")
    native.write_all(folder)
    return folder


def sample(raw: Path, dataset: str, format: str) -> int:
    """Run the sample step on a file; return its status."""
    write_json(raw.parent / "from.json", {"sha256": "0" * 64, "bytes": 1, "source": "mirror"})
    settings = {
        "dataset": dataset,
        "format": format,
        "source": "mirror",
        "seed": 1,
        "rule": "priority",
        "head": 10,
        "targets": dict.fromkeys(datasets.load(dataset).format(format).classes, 10),
        "max_rejected": 0.001,
        "check_facts": False,
        "companions": [],
    }
    return cli.main(
        [
            "shard",
            *("--raw", str(raw), "--provenance", str(raw.parent / "from.json")),
            *("--folder", str(raw.parent / "out"), "--settings", json.dumps(settings)),
        ]
    )


def without_column(text: str) -> bytes:
    return text.replace("\tproto\t", "\tprotocol\t", 1).encode()


def with_wrong_label(text: str) -> bytes:
    return re.sub(r"Malicious   [^\n]+", "Malicious   Ransom", text, count=1).encode()


def with_a_word_for_a_number(text: str) -> bytes:
    lines = text.splitlines()
    fields = lines[8].split("\t")
    fields[16] = "many"
    lines[8] = "\t".join(fields)
    return "\n".join(lines).encode()


BAD: dict[str, tuple[Callable[[str], bytes], str]] = {
    "a missing column": (without_column, r"proto.*protocol"),
    "a wrong label": (with_wrong_label, r"Ransom.*PartOfAHorizontalPortScan"),
    "text instead of a number": (
        with_a_word_for_a_number,
        r"row 9: orig_pkts is 'many'.*max_reject",
    ),
    "an empty file": (lambda _: b"", "is empty; get the file again"),
    "a file of another dataset": (lambda _: b"a,b,c\n1,2,3\n", "#fields"),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD)
def test_a_bad_log_gives_one_line_and_status_2(
    logs: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[str], bytes],
    message: str,
) -> None:
    raw = tmp_path / CAPTURE
    raw.write_bytes(change((logs / "iot-23" / CAPTURE).read_text()))
    assert_error(raw, "iot-23", "zeek", message, capsys)


def test_a_truncated_gzip_is_an_error(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = tmp_path / f"{CAPTURE}.gz"
    raw.write_bytes(gzip.compress((logs / "iot-23" / CAPTURE).read_bytes())[:-100])
    assert_error(raw, "iot-23", "zeek", "get the file again", capsys)


@pytest.mark.tshark
def test_a_truncated_capture_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = tmp_path / "flood.pcap"
    raw.write_bytes(b"\xd4\xc3\xb2\xa1" + b"\x02\x00\x04\x00")
    assert_error(raw, "mqttset", "pcap", "pcap", capsys)


def test_a_file_of_nsl_kdd_is_not_read_as_bot_iot(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = tmp_path / "UNSW_2018_IoT_Botnet_Dataset_1.csv"
    raw.write_bytes((logs / "nsl-kdd/KDDTest+.txt").read_bytes())
    assert_error(raw, "bot-iot", "argus", "35", capsys)


def assert_error(
    raw: Path, dataset: str, format: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sample(raw, dataset, format) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"ecnet: {raw}")
    assert error.count("\n") == 1
    assert re.search(message, error), error
    assert list((raw.parent / "out").iterdir()) == []
