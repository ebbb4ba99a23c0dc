"""The shared cases: small inputs of each kind that public users had trouble with.

READ, REFUSED and MIRRORS are the table of what happens to each of them. The same kinds are made
from plain files in test_reader_cases_*.py and test_mirror_cases.py, which need no real records.
"""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from ecnet import datasets
from ecnet.audit.detect_format import detect
from ecnet.errors import InputError
from ecnet.fetch import listing, sources
from ecnet.readers import read

pytestmark = pytest.mark.mirror


class Case(NamedTuple):
    """What a file gives: the numbers of records and of rows set aside, and a part of its notice."""

    format: str
    records: int
    aside: int = 0
    notice: str = ""


READ = {
    "a03-detailedlabel": Case("zeek", 72),
    "a04-json": Case("zeek", 80),
    "a06-no-types": Case("zeek", 73),
    "a07-two-logs-other-order": Case("zeek", 60),
    "a09-bom": Case("zeek", 72),
    "b05-index-headerless": Case("argus", 80),
    "b07-decimal-commas": Case("argus", 79),
    "b15-port-huge-hex": Case("argus", 31, aside=1),
    "b16-utf16": Case("argus", 59),
    "c01-iso-times": Case("iotid20", 79),
    "c02-us-times-ambiguous": Case("iotid20", 79, notice="may be day/month or month/day"),
    "c05-spaces-for-underscores": Case("iotid20", 79),
    "d04-target-case": Case("csv", 79),
    "e02-is-attack-float": Case("biflow", 79),
    "e04-proto-float": Case("biflow", 79),
    "f01-42-fields": Case("full", 80),
    "f02-dots": Case("full", 80),
    "o01-no-normal-records": Case("argus", 150),
}
REFUSED = {"f05-arff": r"is an ARFF file.*get the files published as CSV: KDDTrain\+\.txt"}
MIRRORS = {
    "a01-archive-layout": ("iot-23", 3, 0),
    "m01-same-name-in-another-dataset": ("nsl-kdd", 2, 0),
    "m02-finder-files": ("nsl-kdd", 2, 0),
    "m03-appledouble": ("nsl-kdd", 2, 0),
    "m04-zip-of-two-and-unpacked": ("nsl-kdd", 2, 1),
    "m05-twice-nsl": ("nsl-kdd", 2, 2),
}
"""Dataset, number of files that are read, number of files that are skipped with a notice."""


@pytest.fixture
def cases(mirror: Path) -> Path:
    if not (mirror / "cases").is_dir():
        pytest.skip(f"{mirror} has no folder cases")
    return mirror / "cases"


def only_file(cases: Path, case: str) -> Path:
    [path] = [path for path in (cases / case).rglob("*") if path.is_file()]
    return path


def test_the_tables_have_all_shared_cases(cases: Path) -> None:
    folders = {path.name for path in cases.iterdir() if path.is_dir()}
    assert folders == {*READ, *REFUSED, *MIRRORS}


@pytest.mark.parametrize("name", READ)
def test_a_shared_case_is_read(cases: Path, name: str) -> None:
    path, case = only_file(cases, name), READ[name]
    found = detect(path)
    batches = list(read(path, found.format, found.source))
    assert found.format.name == case.format
    assert sum(len(batch.records) for batch in batches) == case.records
    assert sum(len(batch.rejected) for batch in batches) == case.aside
    assert case.notice in " ".join(batches[-1].notices)
    assert bool(case.notice) == bool(batches[-1].notices)


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_shared_case_says_what_to_get(cases: Path, name: str) -> None:
    with pytest.raises(InputError, match=REFUSED[name]):
        detect(only_file(cases, name))


@pytest.mark.parametrize("name", ["a03-detailedlabel", "a07-two-logs-other-order"])
def test_each_flow_of_a_log_has_as_many_bytes_as_its_headers_need(cases: Path, name: str) -> None:
    path = only_file(cases, name)
    found = detect(path)
    for batch in read(path, found.format, found.source):
        assert (batch.records["orig_ip_bytes"] >= 20 * batch.records["orig_pkts"]).all()


def test_protocol_numbers_have_one_spelling(cases: Path) -> None:
    path = only_file(cases, "e04-proto-float")
    found = detect(path)
    protocols = Counter(
        protocol
        for batch in read(path, found.format, found.source)
        for protocol in batch.records["proto"]
    )
    assert {"6"} <= set(protocols) <= {"1", "6", "17"}


@pytest.mark.parametrize("name", MIRRORS)
def test_each_file_of_a_shared_mirror_is_read_once(cases: Path, name: str) -> None:
    dataset, files, skipped = MIRRORS[name]
    known = datasets.load(dataset)
    listed = listing.read(str(cases / name))
    found = sources.mirrored(known, [format.name for format in known.formats], listed)
    assert found is not None
    assert (len(found.files), len(found.skipped)) == (files, skipped)
