"""Every remedy in a message about a mirror or a raw file is applied, and works."""

import gzip
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import native
import pytest
import yaml
from captures import CONNECT, pcap, tcp

from ecnet.errors import InputError
from ecnet.fetch import fetch
from ecnet.files import plain_name
from ecnet.plan import plan
from ecnet.prepare import sample
from ecnet.readers import compressed
from ecnet.runtime import cli

ROOT = Path(__file__).parents[2]
TRAIN = Path("mirror/nsl-kdd/KDDTrain+.txt")
TEST = TRAIN.with_name("KDDTest+.txt")
RAW = Path("data/raw/nsl-kdd")
TAKEN = Path("data/provenance/nsl-kdd")
CAPTURES = ("benign", "bruteforce", "flood", "malariados", "malformed", "slowite")

Data = dict[str, Any]


class Remedy(NamedTuple):
    """What goes wrong, the message, and its remedy.

    damage, fix: change the mirror, the fetched files, or the section `data` of params.yaml. `fix`
    also gets the text of the message.
    """

    what: str
    damage: Callable[[Data], object]
    message: str
    fix: Callable[[Data, str], object]
    dataset: str = "nsl-kdd"


def go(data: Data) -> None:
    """Plan, fetch missing files, and sample: the first steps of a run."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["data"].update(data)
    made = plan.make(params)
    for dataset, at in made.found.located.items():
        for file in at.files:
            raw, provenance = places(dataset, file)
            if not raw.exists() or not provenance.exists():
                fetch.fetch(
                    output=raw,
                    provenance=provenance,
                    origin=json.loads(made.origin(dataset, file)),
                    limits=json.loads(made.limits()),
                    settings=json.loads(made.fetch_settings(dataset, file)),
                )
            sample.shard(
                raw=raw,
                provenance=provenance,
                folder=Path("data/sampled", dataset),
                settings=json.loads(made.shard_settings(dataset)),
            )


def places(dataset: str, file: str) -> tuple[Path, Path]:
    return Path("data/raw", dataset, file), Path("data/provenance", dataset, f"{file}.json")


def compress(suffix: str, content: Callable[[bytes], bytes] = gzip.compress) -> Callable[..., None]:
    """Return a function that replaces the file with a compressed one."""

    def pack(_: Data) -> None:
        TRAIN.with_name(TRAIN.name + suffix).write_bytes(content(TRAIN.read_bytes()))
        TRAIN.rename("kept")

    return pack


def zip_of(*names: str, method: int = 0, file: Path = TRAIN) -> Callable[[Data], None]:
    """Return a function that replaces the file with a .zip of these members."""

    def pack(_: Data) -> None:
        archive = file.with_name(file.name + ".zip")
        with zipfile.ZipFile(archive, "w") as written:
            for name in names:
                written.writestr(name, file.read_bytes())
        if method:
            content = bytearray(archive.read_bytes())
            content[8] = content[content.index(b"PK\x01\x02") + 10] = method
            archive.write_bytes(content)
        file.rename("kept")

    return pack


def unpack(_: Data, __: str, file: Path = TRAIN) -> None:
    Path("kept").rename(file)


def replaced(data: Data, message: str) -> None:
    """Put a good file of the same name into the mirror, and run the command in the message."""
    (bad,) = [path for path in TRAIN.parent.iterdir() if path.name.startswith(TRAIN.name)]
    good = Path("kept").read_bytes()
    bad.write_bytes(gzip.compress(good) if bad.suffix == ".gz" else good)
    command(data, message)


def command(_: Data, message: str) -> None:
    """Run the command in the message."""
    found = re.search(r"(rm .*?|find .* SHA256SUMS)(?:, and run again.*)?$", message)
    assert found, message
    folder = "." if found[1].startswith("rm") else "mirror"
    subprocess.run(["sh", "-c", found[1]], cwd=folder, check=True)


def setting(**changes: Any) -> Callable[[Data, str], None]:
    return lambda data, _: data.update(changes)


def emptied(_: Data) -> None:
    shutil.copy(TRAIN, "kept")
    TRAIN.write_bytes(b"")


def fetched_then(damage: Callable[[], object]) -> Callable[[Data], None]:
    """Return a function that fetches the files, and then damages something."""

    def do(data: Data) -> None:
        go(data)
        damage()

    return do


def changed_after_fetching() -> None:
    TRAIN.write_text(TRAIN.read_text() + "\n" + TRAIN.read_text().splitlines()[0])
    (RAW / TRAIN.name).unlink()


def of_another_source() -> None:
    path = TAKEN / f"{TRAIN.name}.json"
    path.write_text(path.read_text().replace('"mirror"', '"simulated"'))


def linked_to_nothing(_: Data) -> None:
    TRAIN.rename("kept")
    TRAIN.symlink_to("nothing")


def restored(_: Data, __: str) -> None:
    TRAIN.unlink()
    Path("kept").rename(TRAIN)


def copied_and_changed(_: Data) -> None:
    (TRAIN.parent / "old").mkdir()
    (TRAIN.parent / "old" / TRAIN.name).write_text("another")


REMEDIES = [
    Remedy(
        "a .zip of two files", zip_of("a", "b"), r"contains 2 files.*unpack it to \S+, in", unpack
    ),
    Remedy("an unknown compression", zip_of("a", method=99), "cannot be unpacked", unpack),
    Remedy("out of proportion", compress(".gz"), r"unpacks to more than .*unpack it to", unpack),
    Remedy("a .zip of a .zip", zip_of("a.zip"), "another archive; unpack it to", unpack),
    Remedy(
        "an uncompressed file with the suffix .gz",
        lambda _: TRAIN.rename(f"{TRAIN}.gz"),
        r"is not a \.gz file; rename it to KDDTrain\+\.txt if it is not compressed",
        lambda *_: Path(f"{TRAIN}.gz").rename(TRAIN),
    ),
    Remedy(
        "a file of another spelling",
        lambda _: TRAIN.rename(TRAIN.with_name("KDDTRAIN+.TXT")),
        r"but KDDTRAIN\+\.TXT; rename it to KDDTrain\+\.txt",
        lambda *_: TRAIN.with_name("KDDTRAIN+.TXT").rename(TRAIN),
    ),
    Remedy(
        "a copy in the place of another file",
        lambda _: (shutil.copy(TRAIN, "kept"), shutil.copy(TEST, TRAIN)),
        "have the same content; replace the copy with the right file",
        lambda *_: shutil.copy("kept", TRAIN),
    ),
    Remedy(
        "a truncated compressed file",
        compress(".gz", lambda content: gzip.compress(content)[:-30]),
        r"KDDTrain\+\.txt\.gz: cannot be read .*get the file again.*rm -f",
        replaced,
    ),
    Remedy("an empty file", emptied, r"is empty; get the file again.*rm -f", replaced),
    Remedy(
        "a file that has changed since it was fetched",
        fetched_then(changed_after_fetching),
        r"when it was first fetched, on 20.*to use the new file: rm .*record, and run again",
        command,
    ),
    Remedy(
        "a malformed download record",
        fetched_then(lambda: (TAKEN / f"{TRAIN.name}.record").write_text('{"a": 1}')),
        "is not a download record.*delete it and run again",
        lambda *_: (TAKEN / f"{TRAIN.name}.record").unlink(),
    ),
    Remedy(
        "provenance that is not JSON",
        fetched_then(lambda: (TAKEN / f"{TRAIN.name}.json").write_text("{")),
        "is not JSON.*delete it and run again",
        lambda *_: (TAKEN / f"{TRAIN.name}.json").unlink(),
    ),
    Remedy(
        "a file from another source",
        fetched_then(of_another_source),
        "source is 'simulated'.*delete it and run again",
        lambda *_: (TAKEN / f"{TRAIN.name}.json").unlink(),
    ),
    Remedy(
        "a different number of records than published",
        lambda data: data.update(check_facts=True),
        r"has 150 records, the published file has .*set data\.check_facts: false",
        setting(check_facts=False),
    ),
    Remedy(
        "more bytes than allowed",
        lambda data: data.update(max_total_bytes=10),
        r"data\.max_total_bytes is 10.*raise it",
        setting(max_total_bytes=10**9),
    ),
    Remedy(
        "a malformed list of checksums",
        lambda _: Path("mirror/SHA256SUMS").write_text("nonsense\n"),
        r"line 1 is 'nonsense'.*write it again with: find",
        command,
    ),
    Remedy(
        "a file with a different checksum",
        lambda _: Path("mirror/SHA256SUMS").write_text(f"{'0' * 64}  nsl-kdd/{TRAIN.name}\n"),
        r"SHA256SUMS says 0+; get the file again, or correct SHA256SUMS",
        lambda *_: Path("mirror/SHA256SUMS").unlink(),
    ),
    Remedy(
        "two different files of one name",
        copied_and_changed,
        r"nsl-kdd/KDDTrain\+\.txt and nsl-kdd/old/KDDTrain\+\.txt .* remove one from the mirror",
        lambda *_: (TRAIN.parent / "old" / TRAIN.name).unlink(),
    ),
    Remedy(
        "a broken link", linked_to_nothing, "is not a file, or a broken link; restore", restored
    ),
    Remedy(
        "a folder of another spelling",
        lambda _: TRAIN.parent.rename("mirror/NSL_KDD"),
        "it has no folder nsl-kdd, but NSL_KDD; rename it",
        lambda *_: Path("mirror/NSL_KDD").rename(TRAIN.parent),
    ),
    Remedy(
        "a folder whose name is a number",
        lambda data: (Path("mirror").rename("20201010"), data.update(mirror=20201010)),
        r"data\.mirror is 20201010.*write \./ before it",
        setting(mirror="./20201010"),
    ),
    Remedy(
        "a folder that does not exist",
        lambda data: data.update(mirror="elsewhere"),
        "elsewhere is not a folder; give a folder with <dataset>/<file>",
        setting(mirror="mirror"),
    ),
]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Data:
    """Make a mirror in a working folder; return the section `data` of params.yaml to read it."""
    monkeypatch.chdir(tmp_path)
    native.write_nsl_kdd(TRAIN.parent)
    return {
        "source": "mirror",
        "mirror": "mirror",
        "include": ["nsl-kdd"],
        "missing": "error",
        "check_facts": False,
    }


@pytest.mark.parametrize("remedy", REMEDIES, ids=[remedy.what for remedy in REMEDIES])
def test_the_remedy_in_a_message_works(
    remedy: Remedy, data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    if remedy.what == "out of proportion":
        monkeypatch.setattr(compressed, "_MIN_LIMIT", 1000)
        monkeypatch.setattr(compressed, "_MAX_RATIO", 1)
    remedy.damage(data)
    with pytest.raises(InputError, match=f"(?s){remedy.message}") as failed:
        go(data)
    remedy.fix(data, str(failed.value))
    go(data)


def test_a_tilde_in_the_path_of_a_mirror_is_expanded(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    go(data | {"mirror": "~/mirror"})
    with pytest.raises(InputError, match=r"data\.mirror: ~nobody-here/x: .*write the whole path"):
        go(data | {"mirror": "~nobody-here/x"})


def test_a_mirror_that_is_a_file_is_an_error(data: Data) -> None:
    with pytest.raises(InputError, match=r"KDDTest\+\.txt is not a folder"):
        go(data | {"mirror": str(TEST)})


def test_messages_name_an_empty_mirror_and_a_folder_of_other_files(data: Data) -> None:
    Path("empty").mkdir()
    with pytest.raises(InputError, match="it has no folders"):
        go(data | {"mirror": "empty"})
    TRAIN.rename(TRAIN.with_name("train.txt"))
    with pytest.raises(InputError, match=r"nsl-kdd lacks KDDTrain\+\.txt of the format full"):
        go(data)
    TEST.rename(TEST.with_name("test.txt"))
    with pytest.raises(InputError, match=r"nsl-kdd has 2 files \(test.txt, train.txt\), none"):
        go(data)


def test_a_run_can_continue_without_a_file_that_is_gone_from_its_mirror(
    data: Data, capsys: pytest.CaptureFixture[str]
) -> None:
    go(data)
    more = "UNSW_2018_IoT_Botnet_Dataset_1.csv"
    native.write_bot_iot(Path("mirror/bot-iot"))
    go(data | {"include": ["bot-iot"]})
    Path("mirror/bot-iot", more).unlink()
    assert cli.main(["upstream"]) == 1
    command(data, capsys.readouterr().out.splitlines()[0])
    assert cli.main(["upstream"]) == 0
    assert not Path("data/raw/bot-iot", more).exists()
    go(data | {"include": ["bot-iot"]})


def test_a_file_fetched_compressed_and_uncompressed_is_read_once_without_its_mirror(
    data: Data,
) -> None:
    compress(".gz")(data)
    go(data)
    unpack(data, "")
    go(data)
    assert len(list(RAW.iterdir())) == 3
    Path("mirror").rename("away")
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["data"].update(data)
    found = plan.make(params).found
    assert sorted(found.located["nsl-kdd"].files) == ["KDDTest+.txt", "KDDTrain+.txt"]
    assert any(
        "KDDTrain+.txt.gz not: they are compressed variants of one file" in notice
        for notice in found.notices
    )


def captures() -> list[Path]:
    folder = Path("mirror/mqttset")
    folder.mkdir(parents=True)
    for name in CAPTURES:
        packets = [tcp(CONNECT)] * (1 + CAPTURES.index(name))
        (folder / f"{name}.pcap").write_bytes(pcap(*packets))
    return [folder / f"{name}.pcap" for name in CAPTURES]


@pytest.mark.tshark
def test_a_capture_in_a_zip_is_read_after_it_is_unpacked_in_the_mirror(data: Data) -> None:
    flood = captures()[2]
    zip_of("flood.pcap", file=flood)(data)
    data["include"] = ["mqttset"]
    with pytest.raises(
        InputError, match=r"flood\.pcap\.zip: tshark cannot read \.zip; unpack it to"
    ):
        go(data)
    unpack(data, "", flood)
    go(data)
    assert plain_name(flood.name) in {path.stem for path in Path("data/sampled/mqttset").iterdir()}
