"""A log that is read in several ranges at once gives the sample that it gives in one piece."""

import gzip
import json
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecnet import datasets, readers
from ecnet.errors import InputError
from ecnet.prepare import reading, sample
from ecnet.readers import prefiltered, spill
from ecnet.simulate import simulator

FORMAT = datasets.load("iot-23").format("zeek")
NAME = "CTU-IoT-Malware-Capture-34-1.conn.log.labeled"
WRITTEN = {f"{NAME}.{kind}" for kind in ("json", "parquet", "rejected.csv")}
ODD = ["", "-", '"', '"a', "1e5", "many", "\r", "\ufeff", "a\tb", "x" * 600, "99999", "nan", "#"]
LINES = [b"", b"#", b"#close\t2019", b"\xef\xbb\xbf#close", b"a\tb", b"\t" * 20, b'"']


class Bytes(bytes):
    """Bytes that a failing test does not print."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


@pytest.fixture(scope="module")
def log() -> bytes:
    """Return a simulated log of some hundred flows of four classes."""
    content = Bytes(b"".join(simulator.native_bytes("iot-23", NAME, records=1500, seed=1)))
    assert content.count(b"\n") > 300
    return content


def sampled(
    folder: Path, content: bytes, count: int, *, target: int = 10, large: int = 0
) -> dict[str, bytes] | str:
    """Return the bytes of all that `shard` writes, or its error message."""
    folder.mkdir(parents=True, exist_ok=True)
    raw, facts = folder / NAME, folder / "facts.json"
    raw.write_bytes(content)
    facts.write_text(json.dumps({"source": "simulated", "sha256": "", "bytes": 0}))
    chosen = {
        **{"dataset": "iot-23", "format": "zeek", "source": "simulated", "companions": []},
        **{"rule": "priority", "seed": 1, "max_rejected": 1, "check_facts": False},
        "targets": dict.fromkeys(FORMAT.classes, target),
    }
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_LARGE", large)
        try:
            sample.shard(raw=raw, provenance=facts, folder=out, settings=chosen, ranges=count)
        except InputError as error:
            assert not list(out.iterdir())
            return str(error).replace(str(folder), "")
    return {path.name: path.read_bytes() for path in out.iterdir()}


@pytest.mark.parametrize("every", [1, 2, 3])
def test_a_byte_order_mark_where_a_range_would_begin_is_a_wrong_value(
    tmp_path: Path, log: bytes, every: int
) -> None:
    head, lines = log.splitlines(keepends=True)[:8], log.splitlines(keepends=True)[8:-1]
    marked = [(b"\xef\xbb\xbf" if at % every == 0 else b"") + line for at, line in enumerate(lines)]
    content = b"".join([*head, *marked])
    whole = sampled(tmp_path / "whole", content, 1)
    assert isinstance(whole, dict)
    assert whole[f"{NAME}.rejected.csv"].count(b"\n") > len(lines) // every - 2
    for count in range(2, 12):
        assert sampled(tmp_path / "cut", content, count) == whole


@pytest.mark.parametrize("count", [2, 7])
@given(data=st.data())
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_ranges_change_neither_sample_nor_counts_nor_rejected_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: bytes, count: int, data: st.DataObject
) -> None:
    monkeypatch.setattr(prefiltered, "_BLOCK", data.draw(st.sampled_from([2000, 1 << 20])))
    monkeypatch.setattr(spill, "_HELD", data.draw(st.sampled_from([0, 1 << 20])))
    lines = log.splitlines()
    places = st.tuples(st.integers(8, len(lines) - 2), st.integers(0, 20), st.sampled_from(ODD))
    for row, field, value in data.draw(st.lists(places, max_size=4)):
        cells = lines[row].split(b"\t")
        cells[field % len(cells)] = value.encode()
        lines[row] = b"\t".join(cells)
    added = st.tuples(st.integers(8, len(lines)), st.sampled_from(LINES))
    for row, line in data.draw(st.lists(added, max_size=4)):
        lines.insert(row, line)
    end = data.draw(st.sampled_from([b"\n", b"\r\n"]))
    content = end.join(lines) + data.draw(st.sampled_from([b"", end]))
    how = {"target": data.draw(st.sampled_from([0, 3, 10**6]))}
    how["large"] = data.draw(st.sampled_from([0, 10**9]))
    assert sampled(tmp_path / "cut", content, count, **how) == sampled(
        tmp_path / "whole", content, 1, **how
    )


def parts_read(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return a list to which each part of a file that is read will be added; None: all of it."""
    seen: list[object] = []
    read = readers.read

    def noted(*given: object, part: object = None, **more: object) -> object:
        seen.append(part)
        return read(*given, part=part, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(readers, "read", noted)
    return seen


@pytest.mark.parametrize("count", [1, 2, 7, 12])
def test_a_log_is_read_in_so_many_ranges_and_not_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: bytes, count: int
) -> None:
    seen = parts_read(monkeypatch)
    assert set(sampled(tmp_path, log, count)) == WRITTEN
    assert len(seen) == count
    assert (None in seen) == (count == 1)


def test_rejected_rows_of_later_ranges_have_the_numbers_of_their_lines(
    tmp_path: Path, log: bytes
) -> None:
    lines = log.splitlines(keepends=True)
    wrong = [20, len(lines) // 2, len(lines) - 2]
    for row in wrong:
        lines[row] = b"a\tb\n"
    found = sampled(tmp_path, b"".join(lines), 7)
    assert isinstance(found, dict)
    rejected = found[f"{NAME}.rejected.csv"].decode().splitlines()[1:]
    assert [int(line.split(",")[1]) for line in rejected] == [row + 1 for row in wrong]


def test_a_line_without_a_class_gives_its_class_to_no_other(tmp_path: Path, log: bytes) -> None:
    lines = log.splitlines(keepends=True)
    lines[8] = lines[8].rpartition(b"\t")[0] + b"\t\n"
    found = [sampled(tmp_path, b"".join(lines), 1, large=large) for large in (0, 10**9)]
    assert found[0] == found[1]


def test_a_log_whose_header_changes_is_read_in_one_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: bytes
) -> None:
    """The columns proto and service change places in the second half, header and all."""
    swapped = []
    for line in log.splitlines():
        cells = line.split(b"\t")
        first = 6 if not line.startswith(b"#") else 7
        if len(cells) > first + 1:
            cells[first : first + 2] = reversed(cells[first : first + 2])
        swapped.append(b"\t".join(cells))
    content = log + b"\n".join(swapped) + b"\n"
    whole = sampled(tmp_path / "whole", content, 1)
    seen = parts_read(monkeypatch)
    assert sampled(tmp_path / "cut", content, 3) == whole
    assert isinstance(whole, dict)
    assert seen[-1] is None


def test_an_error_is_the_one_of_the_file_in_one_piece(tmp_path: Path, log: bytes) -> None:
    wrong = log.replace(b"Malicious   C&C", b"Malicious   new", 1).replace(b"DDoS", b"other")
    message = sampled(tmp_path / "cut", wrong, 7)
    assert message == sampled(tmp_path / "whole", wrong, 1)
    assert "unknown label" in message


@pytest.mark.parametrize("count", [2, 3, 50])
def test_ranges_are_whole_lines_and_know_how_many_are_before(
    tmp_path: Path, log: bytes, count: int
) -> None:
    path = tmp_path / NAME
    path.write_bytes(log.rstrip(b"\n"))
    parts = readers.cut(path, FORMAT, count)
    assert 2 <= len(parts) <= count
    assert log.startswith(b"#separator")
    assert (parts[0].before, parts[-1].end) == (8, len(log) - 1)
    for part, following in pairwise(parts):
        assert part.end == following.begin
    for part in parts:
        assert log[part.begin - 1 : part.begin] == b"\n"
        assert log.count(b"\n", 0, part.begin) == part.before


def test_what_has_no_plain_lines_below_one_header_is_not_cut(tmp_path: Path, log: bytes) -> None:
    plain, packed, flow = tmp_path / "a", tmp_path / "a.gz", log.splitlines()[8]
    packed.write_bytes(gzip.compress(log))
    assert readers.cut(packed, FORMAT, 2) == []
    assert reading.ranges(packed) == 1
    for content in (b'{"ts": 1}\n' * 9, b"ts\tuid\n" + flow, b"", flow):
        plain.write_bytes(content)
        assert readers.cut(plain, FORMAT, 2) == []
    assert readers.cut(plain, datasets.load("bot-iot").format("argus"), 2) == []


def test_large_files_are_worth_more_ranges_up_to_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_RANGE", 100)
    sizes, path = (50, 250, 10**4), tmp_path / "log"
    found = [reading.ranges(path)]
    for size in sizes:
        path.write_bytes(bytes(size))
        found.append(reading.ranges(path))
    assert found == [1, 1, 3, 8]
