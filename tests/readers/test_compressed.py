"""Compressed files are read in place; damaged ones are errors."""

import gzip
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from small import HEADER, ROW, ZEEK, failure, whole


def packed(content: bytes, suffix: str, path: Path) -> None:
    if suffix == ".gz":
        path.write_bytes(gzip.compress(content))
    elif suffix == ".zst":
        with pa.CompressedOutputStream(pa.OSFile(str(path), "wb"), "zstd") as stream:
            stream.write(content)
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("folder/records.csv", content)


PACKED = [".gz", ".zst", ".zip"]
LONG = (HEADER + "".join(f"{n}.{n * 7919 % 1000},tcp,80,1,x,ok\n" for n in range(5000))).encode()


@pytest.mark.parametrize("suffix", PACKED)
def test_compressed_files_give_the_same_records_as_plain_ones(file, tmp_path, suffix):
    path = tmp_path / f"records.csv{suffix}"
    packed(LONG, suffix, path)
    pd.testing.assert_frame_equal(whole(path).records, whole(file(LONG, "plain.csv")).records)


@pytest.mark.parametrize("suffix", PACKED)
@pytest.mark.parametrize("kept", [0.5, 0.999])
def test_a_truncated_compressed_file_is_an_error(tmp_path, suffix, kept):
    path = tmp_path / f"records.csv{suffix}"
    packed(LONG, suffix, path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    failure(path)


@pytest.mark.parametrize("suffix", [".gz", ".zip"])
def test_a_wrong_checksum_is_an_error(tmp_path, suffix):
    path = tmp_path / f"records.csv{suffix}"
    packed(LONG, suffix, path)
    content = bytearray(path.read_bytes())
    # gzip: CRC and length end the file; zip: the CRC is in the central directory too.
    place = len(content) - 8 if suffix == ".gz" else content.index(b"PK\x01\x02") + 16
    content[place] ^= 0xFF
    path.write_bytes(bytes(content))
    failure(path)


@pytest.mark.parametrize("suffix", PACKED)
def test_an_uncompressed_file_with_the_suffix_of_a_compression_is_an_error(tmp_path, suffix):
    path = tmp_path / f"records.csv{suffix}"
    path.write_bytes(LONG)
    failure(path)


def test_a_zip_of_several_members_is_an_error(tmp_path):
    path = tmp_path / "records.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", HEADER + ROW)
        archive.writestr("b.csv", HEADER + ROW)
    assert "2 files" in failure(path)


def test_a_zip_with_damaged_bytes_is_an_error(tmp_path):
    path = tmp_path / "records.csv.zip"
    packed(LONG, ".zip", path)
    content = bytearray(path.read_bytes())
    content[200:260] = b"\xff" * 60
    path.write_bytes(bytes(content))
    failure(path)


@pytest.mark.parametrize("content", [b"x" * 3_000_000, b"x," * 1_500_000, b"\0" * 3_000_000])
def test_a_file_of_one_endless_line_is_an_error(file, content):
    failure(file(content))
    failure(file(content), ZEEK)


def test_a_missing_file_is_an_error(tmp_path):
    for name in ("none.csv", "none.csv.gz", "none.csv.zip"):
        failure(tmp_path / name)
