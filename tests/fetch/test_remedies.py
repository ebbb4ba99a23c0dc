"""Every remedy that a message about a mirror or a raw file names is tried: it helps."""

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
    """What goes wrong, the message, and what it says to do.

    spoil, mend: change the mirror, what was taken from it, or what params.yaml has under `data`.
    The words of the message are given to `mend` as well.
    """

    what: str
    spoil: Callable[[Data], object]
    message: str
    mend: Callable[[Data, str], object]
    dataset: str = "nsl-kdd"


def go(data: Data) -> None:
    """Plan, take what is not there, and sample: what a run does first."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["data"].update(data)
    made = plan.make(params)
    for dataset, at in made.found.located.items():
        for file in at.files:
            raw, provenance = places(dataset, file)
            if not raw.exists() or not provenance.exists():
                fetch.acquire(
                    output=raw,
                    provenance=provenance,
                    origin=json.loads(made.origin(dataset, file)),
                    limits=json.loads(made.limits()),
                    settings=json.loads(made.acquire_settings(dataset, file)),
                )
            sample.shard(
                raw=raw,
                provenance=provenance,
                folder=Path("data/sampled", dataset),
                settings=json.loads(made.shard_settings(dataset)),
            )


def places(dataset: str, file: str) -> tuple[Path, Path]:
    return Path("data/raw", dataset, file), Path("data/provenance", dataset, f"{file}.json")


def packed(suffix: str, content: Callable[[bytes], bytes] = gzip.compress) -> Callable[..., None]:
    """Return what puts a packed file in the place of the plain one."""

    def pack(_: Data) -> None:
        TRAIN.with_name(TRAIN.name + suffix).write_bytes(content(TRAIN.read_bytes()))
        TRAIN.rename("kept")

    return pack


def zip_of(*names: str, method: int = 0, file: Path = TRAIN) -> Callable[[Data], None]:
    """Return what puts a .zip of these members in the place of the plain file."""

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


def mended(data: Data, words: str) -> None:
    """Give the mirror a good file of the same name, and do as the message says."""
    (spoilt,) = [path for path in TRAIN.parent.iterdir() if path.name.startswith(TRAIN.name)]
    good = Path("kept").read_bytes()
    spoilt.write_bytes(gzip.compress(good) if spoilt.suffix == ".gz" else good)
    told(data, words)


def told(_: Data, words: str) -> None:
    """Run the command that the message names."""
    found = re.search(r"(rm .*?|find .* SHA256SUMS)(?:, and run again.*)?$", words)
    assert found, words
    folder = "." if found[1].startswith("rm") else "mirror"
    subprocess.run(["sh", "-c", found[1]], cwd=folder, check=True)


def setting(**changes: Any) -> Callable[[Data, str], None]:
    return lambda data, _: data.update(changes)


def emptied(_: Data) -> None:
    shutil.copy(TRAIN, "kept")
    TRAIN.write_bytes(b"")


def taken_then(spoil: Callable[[], object]) -> Callable[[Data], None]:
    """Return what takes the files, and then spoils something."""

    def do(data: Data) -> None:
        go(data)
        spoil()

    return do


def changed_after_it_was_taken() -> None:
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
    Remedy("a .zip of two files", zip_of("a", "b"), r"holds 2 files.*unpack it to \S+, in", unpack),
    Remedy("an unknown way of packing", zip_of("a", method=99), "cannot be unpacked", unpack),
    Remedy("out of proportion", packed(".gz"), r"unpacks to more than .*unpack it to", unpack),
    Remedy("a .zip of a .zip", zip_of("a.zip"), "another archive; unpack it to", unpack),
    Remedy(
        "a file named as packed that is not",
        lambda _: TRAIN.rename(f"{TRAIN}.gz"),
        r"is no \.gz file, though it is named so; name it KDDTrain\+\.txt if it is not packed",
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
        "have the same content; put the right one in the place of the copy",
        lambda *_: shutil.copy("kept", TRAIN),
    ),
    Remedy(
        "a packed file that is cut short",
        packed(".gz", lambda content: gzip.compress(content)[:-30]),
        r"KDDTrain\+\.txt\.gz: cannot be read .*get the file again.*rm -f",
        mended,
    ),
    Remedy("an empty file", emptied, r"is empty; get the file again.*rm -f", mended),
    Remedy(
        "a file that is another than was taken",
        taken_then(changed_after_it_was_taken),
        r"when it was first taken, on 20.*to take the new file: rm .*receipt, and run again",
        told,
    ),
    Remedy(
        "what is no receipt",
        taken_then(lambda: (TAKEN / f"{TRAIN.name}.receipt").write_text('{"a": 1}')),
        "is no receipt.*delete it and run again",
        lambda *_: (TAKEN / f"{TRAIN.name}.receipt").unlink(),
    ),
    Remedy(
        "provenance that is no JSON",
        taken_then(lambda: (TAKEN / f"{TRAIN.name}.json").write_text("{")),
        "is no JSON.*delete it and run again",
        lambda *_: (TAKEN / f"{TRAIN.name}.json").unlink(),
    ),
    Remedy(
        "a file of another source",
        taken_then(of_another_source),
        "source is 'simulated'.*delete it and run again",
        lambda *_: (TAKEN / f"{TRAIN.name}.json").unlink(),
    ),
    Remedy(
        "another number of records than is published",
        lambda data: data.update(check_facts=True),
        r"holds 150 records where .*set data\.check_facts: false",
        setting(check_facts=False),
    ),
    Remedy(
        "more bytes than may be brought",
        lambda data: data.update(max_total_bytes=10),
        r"data\.max_total_bytes is 10.*raise it",
        setting(max_total_bytes=10**9),
    ),
    Remedy(
        "a list of checksums that is none",
        lambda _: Path("mirror/SHA256SUMS").write_text("nonsense\n"),
        r"line 1 is 'nonsense'.*write it anew: find",
        told,
    ),
    Remedy(
        "a file that is not what is stated",
        lambda _: Path("mirror/SHA256SUMS").write_text(f"{'0' * 64}  nsl-kdd/{TRAIN.name}\n"),
        r"the stated one is 0+; get the file again, or state it anew",
        lambda *_: Path("mirror/SHA256SUMS").unlink(),
    ),
    Remedy(
        "two files that are one by name",
        copied_and_changed,
        r"nsl-kdd/KDDTrain\+\.txt and nsl-kdd/old/KDDTrain\+\.txt .* remove one from the mirror",
        lambda *_: (TRAIN.parent / "old" / TRAIN.name).unlink(),
    ),
    Remedy(
        "a link to nothing", linked_to_nothing, "is no file, or a link to none; restore", restored
    ),
    Remedy(
        "a folder of another spelling",
        lambda _: TRAIN.parent.rename("mirror/NSL_KDD"),
        "it has no folder nsl-kdd, but NSL_KDD; rename it",
        lambda *_: Path("mirror/NSL_KDD").rename(TRAIN.parent),
    ),
    Remedy(
        "a folder that is named by a number",
        lambda data: (Path("mirror").rename("20201010"), data.update(mirror=20201010)),
        r"data\.mirror is 20201010.*write \./ before it",
        setting(mirror="./20201010"),
    ),
    Remedy(
        "a folder that does not exist",
        lambda data: data.update(mirror="elsewhere"),
        "elsewhere is no folder; give one that holds <dataset>/<file>",
        setting(mirror="mirror"),
    ),
]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Data:
    """A mirror in a folder to work in; what params.yaml has under `data` to read it."""
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
def test_what_a_message_says_to_do_helps(
    remedy: Remedy, data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    if remedy.what == "out of proportion":
        monkeypatch.setattr(compressed, "_FREE", 1000)
        monkeypatch.setattr(compressed, "_MOST_TIMES", 1)
    remedy.spoil(data)
    with pytest.raises(InputError, match=f"(?s){remedy.message}") as refused:
        go(data)
    remedy.mend(data, str(refused.value))
    go(data)


def test_a_mirror_in_the_home_of_its_user_is_found(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    go(data | {"mirror": "~/mirror"})
    with pytest.raises(InputError, match=r"data\.mirror: ~nobody-here/x: .*write the whole path"):
        go(data | {"mirror": "~nobody-here/x"})


def test_a_mirror_that_is_a_file_is_refused(data: Data) -> None:
    with pytest.raises(InputError, match=r"KDDTest\+\.txt is no folder"):
        go(data | {"mirror": str(TEST)})


def test_an_empty_mirror_and_a_folder_of_other_files_are_named(data: Data) -> None:
    Path("empty").mkdir()
    with pytest.raises(InputError, match="it has no folder at all"):
        go(data | {"mirror": "empty"})
    TRAIN.rename(TRAIN.with_name("train.txt"))
    with pytest.raises(InputError, match=r"nsl-kdd lacks KDDTrain\+\.txt of the format full"):
        go(data)
    TEST.rename(TEST.with_name("test.txt"))
    with pytest.raises(InputError, match=r"nsl-kdd holds 2 files \(test.txt, train.txt\), none"):
        go(data)


def test_a_file_that_is_gone_from_its_mirror_can_be_done_without(
    data: Data, capsys: pytest.CaptureFixture[str]
) -> None:
    go(data)
    more = "UNSW_2018_IoT_Botnet_Dataset_1.csv"
    native.write_bot_iot(Path("mirror/bot-iot"))
    go(data | {"include": ["bot-iot"]})
    Path("mirror/bot-iot", more).unlink()
    assert cli.main(["upstream"]) == 1
    told(data, capsys.readouterr().out.splitlines()[0])
    assert cli.main(["upstream"]) == 0
    assert not Path("data/raw/bot-iot", more).exists()
    go(data | {"include": ["bot-iot"]})


def test_what_was_taken_packed_and_plain_is_read_once_where_the_mirror_is_out_of_reach(
    data: Data,
) -> None:
    packed(".gz")(data)
    go(data)
    unpack(data, "")
    go(data)
    assert len(list(RAW.iterdir())) == 3
    Path("mirror").rename("away")
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["data"].update(data)
    found = plan.make(params).found
    assert sorted(found.located["nsl-kdd"].files) == ["KDDTest+.txt", "KDDTrain+.txt"]
    assert any("KDDTrain+.txt.gz not: they are one file" in notice for notice in found.notices)


def captures() -> list[Path]:
    folder = Path("mirror/mqttset")
    folder.mkdir(parents=True)
    for name in CAPTURES:
        packets = [tcp(CONNECT)] * (1 + CAPTURES.index(name))
        (folder / f"{name}.pcap").write_bytes(pcap(*packets))
    return [folder / f"{name}.pcap" for name in CAPTURES]


@pytest.mark.tshark
def test_a_capture_in_a_zip_is_read_once_it_is_unpacked_in_the_mirror(data: Data) -> None:
    flood = captures()[2]
    zip_of("flood.pcap", file=flood)(data)
    data["include"] = ["mqttset"]
    with pytest.raises(InputError, match=r"flood\.pcap\.zip: tshark reads no \.zip; unpack it to"):
        go(data)
    unpack(data, "", flood)
    go(data)
    assert plain_name(flood.name) in {path.stem for path in Path("data/sampled/mqttset").iterdir()}
