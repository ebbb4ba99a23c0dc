"""A .tar.gz of several files in a mirror is like a folder: it is listed once, and unpacked once."""

import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import projects
import pytest

from ecnet import datasets
from ecnet.errors import InputError
from ecnet.fetch import fetch, listing, sources, upstream
from ecnet.fetch.sources import Located
from ecnet.readers import tarred

SMALL = "iot_23_datasets_small.tar.gz"
CAPTURES = ("CTU-Honeypot-Capture-4-1", "CTU-IoT-Malware-Capture-34-1")
LOGS = {f"opt/IoTScenarios/{capture}/bro/conn.log.labeled": capture for capture in CAPTURES}
LIMITS = {"max_bytes": 1000, "max_total_bytes": 10**6}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of IoT-23 in a mirror; the working folder is beside the mirror."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mirror/iot-23").mkdir(parents=True)
    return tmp_path / "mirror/iot-23"


def entry(name: str, content: str = "", **facts: object) -> tuple[tarfile.TarInfo, io.BytesIO]:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for fact, value in facts.items():
        setattr(member, fact, value)
    return member, io.BytesIO(content.encode())


def pack(path: Path, *entries: tuple[tarfile.TarInfo, io.BytesIO]) -> Path:
    mode = "w" if path.suffix == ".tar" else "w:gz"
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for member, content in entries:
            archive.addfile(member, content)
    return path


def packed(path: Path, members: Mapping[str, str]) -> Path:
    return pack(path, *(entry(name, content) for name, content in members.items()))


def located(folder: Path) -> Located | None:
    return sources.mirrored(datasets.load("iot-23"), ["zeek"], listing.read(str(folder.parent)))


def unpack(archive: Path, found: Located, limits: Mapping[str, int] = LIMITS) -> dict[str, str]:
    """Unpack all files that are wanted of an archive, and return what they hold."""
    outputs = [Path("data/raw/iot-23", name) for name in found.files]
    fetch.unpack(
        archive=archive,
        outputs=outputs,
        provenance=[Path("data/provenance/iot-23", f"{name}.json") for name in found.files],
        origins=[{"location": place, "sha256": ""} for place in found.files.values()],
        limits=limits,
        settings=[
            {
                **{"dataset": "iot-23", "file": name, "source": "mirror", "licence": "public"},
                **{"sha256": "", "bytes": None},
            }
            for name in found.files
        ],
    )
    return {output.name: output.read_text() for output in outputs}


@pytest.mark.parametrize("name", [SMALL, "iot-23.tgz", "iot-23.tar"])
def test_the_logs_in_an_archive_are_told_apart_by_their_folder(folder: Path, name: str) -> None:
    others = {"opt/IoTScenarios/README.md": "", "opt/._x.conn.log.labeled": "", "./a/.b/c": ""}
    archive = packed(folder / name, {**LOGS, **others})
    found = located(folder)
    assert found is not None
    expected = {f"{capture}.conn.log.labeled": capture for capture in CAPTURES}
    assert unpack(archive, found) == expected
    record = json.loads(Path(f"data/provenance/iot-23/{min(expected)}.json").read_text())
    assert (record["source"], record["bytes"]) == ("mirror", len(CAPTURES[0]))


def test_an_archive_is_read_once_to_list_it_until_it_changes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def each(path: Path) -> Iterator[object]:
        read.append(path)
        yield from original(path)

    original = tarred.each
    monkeypatch.setattr(tarred, "each", each)
    archive = packed(folder / SMALL, LOGS)
    for _ in range(2):
        tarred._contents.cache_clear()  # as in another process
        assert located(folder) is not None
    assert read == [archive]
    packed(archive, {"x/CTU-Honeypot-Capture-5-1/bro/conn.log.labeled": "another"})
    found = located(folder)
    assert found is not None
    assert list(found.files) == ["CTU-Honeypot-Capture-5-1.conn.log.labeled"]
    assert read == [archive, archive]


@pytest.mark.parametrize(
    "unsafe",
    [
        entry(f"../{CAPTURES[1]}/bro/conn.log.labeled", "1"),
        entry(f"/{CAPTURES[1]}/bro/conn.log.labeled", "1"),
        entry(f"C:\\{CAPTURES[1]}/bro/conn.log.labeled", "1"),
        entry(f"a\n/{CAPTURES[1]}/bro/conn.log.labeled", "1"),
        *(
            entry(f"{CAPTURES[1]}/bro/conn.log.labeled", type=kind, linkname="/etc/passwd")
            for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE)
        ),
        entry(
            f"{CAPTURES[1]}/bro/conn.log.labeled",
            pax_headers={"GNU.sparse.size": "9", "GNU.sparse.map": "0,0"},
        ),
    ],
)
def test_a_link_a_device_or_a_path_outside_the_archive_is_no_source(
    folder: Path, unsafe: tuple[tarfile.TarInfo, io.BytesIO]
) -> None:
    first = next(iter(LOGS))
    pack(folder / SMALL, entry(first, "1"), unsafe)
    found = located(folder)
    assert found is not None
    assert list(found.files) == [f"{CAPTURES[0]}.conn.log.labeled"]


def long(archive: Path) -> None:
    """Give a file a header of a megabyte, which tarfile would read at once."""
    pack(archive, entry("x", pax_headers={"comment": "x" * 10**6}))


def nested(archive: Path) -> None:
    """Write headers that each say that the next one has a longer name."""
    content = b"".join(entry("x", type=b"L")[0].tobuf(tarfile.USTAR_FORMAT) for _ in range(5000))
    archive.write_bytes(content)


def backwards(archive: Path) -> None:
    """Write a file whose size leads back to its own header, which would be read for ever."""
    content = entry("x", pax_headers={"size": "-1024"})[0].tobuf(tarfile.PAX_FORMAT)
    archive.write_bytes(content + bytes(1024))


def damaged(archive: Path) -> None:
    """Damage the header of the second file, which tarfile takes for the end."""
    packed(archive, LOGS)
    content = bytearray(archive.read_bytes())
    content[content.index(CAPTURES[1].encode())] ^= 1
    archive.write_bytes(content)


def twice(archive: Path) -> None:
    """Append another archive, which tarfile does not read."""
    content = packed(archive, LOGS).read_bytes()
    archive.write_bytes(content + content)


def cut(archive: Path) -> None:
    packed(archive, LOGS)
    archive.write_bytes(archive.read_bytes()[:1100])


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (long, "a header is too long"),
        (nested, "a header is too long"),
        (backwards, "a header"),
        (damaged, "a header is damaged"),
        (twice, "there is more after its end"),
        (cut, "a header is damaged, or the end is missing"),
        (lambda path: path.write_bytes(b"x" * 2000), "invalid header"),
    ],
)
def test_a_damaged_archive_is_named(folder: Path, damage: object, why: str) -> None:
    assert callable(damage)
    damage(folder / "iot-23.tar")
    with pytest.raises(InputError, match=rf"iot-23\.tar: cannot be read \({why}.*get the file"):
        located(folder)


def test_an_archive_that_is_cut_off_is_named(folder: Path) -> None:
    archive = packed(folder / SMALL, LOGS)
    archive.write_bytes(archive.read_bytes()[:-20])
    with pytest.raises(InputError, match=rf"{SMALL}: cannot be read .*get the file again"):
        located(folder)


def test_two_files_with_one_path_are_an_error(folder: Path) -> None:
    first = next(iter(LOGS))
    pack(folder / SMALL, entry(first, "1"), entry(first, "2"))
    with pytest.raises(InputError, match=rf"{SMALL}: contains {first} twice; unpack it"):
        located(folder)


def test_files_in_an_archive_have_the_limits_of_any_other(folder: Path) -> None:
    archive = packed(folder / SMALL, dict.fromkeys(LOGS, "x" * 2000) | {next(iter(LOGS)): "1"})
    found = located(folder)
    assert found is not None
    with pytest.raises(InputError, match=r"34-1/bro/conn\.log\.labeled: is larger than data\.max"):
        unpack(archive, found)
    assert [path.name for path in Path("data/raw/iot-23").iterdir()] == [min(found.files)]


def test_an_unpacked_file_is_read_instead_of_that_in_the_archive(folder: Path) -> None:
    packed(folder / SMALL, LOGS)
    name = f"{CAPTURES[0]}.conn.log.labeled"
    (folder / name).write_text(CAPTURES[0])
    found = located(folder)
    assert found is not None
    assert found.files[name] == str(folder / name)
    assert [skipped.skipped for skipped in found.skipped] == [f"iot-23/{SMALL}/{next(iter(LOGS))}"]


def test_files_of_two_archives_that_differ_are_an_error(folder: Path) -> None:
    for name, content in (("a.tgz", "one"), ("b.tgz", "two")):
        packed(folder / name, dict.fromkeys(LOGS, content) | {next(iter(LOGS)): "x"})
    with pytest.raises(InputError, match=r"both named as .*34-1\.conn\.log\.labeled, but differ"):
        located(folder)


def test_a_file_that_is_gone_from_the_archive_is_named(folder: Path) -> None:
    archive = packed(folder / SMALL, LOGS)
    found = located(folder)
    assert found is not None
    packed(archive, {next(iter(LOGS)): "1"})
    with pytest.raises(InputError, match=r"34-1/bro/conn\.log\.labeled: is not in the archive"):
        unpack(archive, found)


def test_a_file_in_an_archive_is_compared_with_the_fetched_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = packed(folder / SMALL, LOGS)
    found = located(folder)
    assert found is not None
    unpack(archive, found)
    assert upstream.upstream() == 0
    first, second = LOGS
    packed(archive, {first: LOGS[first].swapcase(), second: LOGS[second]})
    assert upstream.upstream() == 1
    shown = capsys.readouterr().out
    assert f"{archive}/{first}: has changed since" in shown
    assert f"{archive}/{second}" not in shown


@pytest.mark.slow
def test_one_job_unpacks_all_files_of_an_archive(tmp_path: Path) -> None:
    project = projects.new_project(tmp_path / "project")
    folder = project.folder / "mirror/iot-23"
    with tarfile.open(folder / SMALL, "w:gz") as archive:
        for log in sorted(folder.glob("*.labeled")):
            archive.add(log, f"{log.name.removesuffix('.conn.log.labeled')}/bro/conn.log.labeled")
            log.unlink()
    target = ("data/raw/iot-23/CTU-IoT-Malware-Capture-3-1.conn.log.labeled", *projects.MIRROR)
    assert project.jobs(*target) == {f"iot-23: unpacking 3 files of {SMALL}"}
    assert len(list((project.folder / "data/raw/iot-23").glob("*.labeled"))) == 3
    (project.folder / "mirror").rename(project.folder / "elsewhere")
    assert project.jobs(target[0], "--config", "mirror=elsewhere") == set()
    assert project.jobs(*target) == set()
