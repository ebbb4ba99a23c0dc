"""External programs that readers need are checked when a run is planned."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ecnet import datasets, readers
from ecnet.errors import InputError
from ecnet.files import write_json
from ecnet.plan import plan
from ecnet.readers import packets, tools
from ecnet.runtime import cli
from ecnet.simulate import simulator

ROOT = Path(__file__).parents[2]
CAPTURES = ("benign", "bruteforce", "flood", "malariados", "malformed", "slowite")
CSV = ("train70_reduced.csv", "test30_reduced.csv")


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the only folder in PATH; the working folder is beside it."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.chdir(tmp_path)
    tools._refusal.cache_clear()
    yield tmp_path / "bin"
    tools._refusal.cache_clear()


def program(folder: Path, status: int, says: str = "", name: str = "tshark") -> None:
    """Create a program that prints a line to stderr and exits with a status."""
    (folder / name).write_text(f"#!/bin/sh\necho '{says}' >&2\nexit {status}\n")
    (folder / name).chmod(0o755)


def mirror(*names: str) -> None:
    Path("mirror/mqttset").mkdir(parents=True, exist_ok=True)
    for name in names:
        Path("mirror/mqttset", name).touch()


def made(**data: Any) -> plan.Plan:
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    own = {"source": "mirror", "mirror": "mirror", "include": ["mqttset"]}
    params["data"].update({**own, **data})
    params["datasets"]["mqttset"]["format"] = ["pcap", "csv"]
    return plan.make(params)


def test_a_dataset_without_its_program_is_absent_and_the_message_says_how_to_install_it() -> None:
    mirror(*(f"{name}.pcap" for name in CAPTURES))
    found = made()
    assert found.datasets == []
    absent = json.loads(found.render_settings("data_tables"))["absent"]["multiclass"]
    assert absent == {"mqttset": "tshark is not installed"}
    line = found.found.absent["mqttset"]
    assert line == (
        "MQTTset: tshark is not installed, but its format pcap needs it; run: "
        "sudo apt-get install tshark"
    )
    with pytest.raises(InputError, match="sudo apt-get install tshark"):
        made(missing="error")


def test_a_program_that_does_not_run_counts_as_missing(programs: Path) -> None:
    mirror(*(f"{name}.pcap" for name in CAPTURES))
    program(programs, 127)
    assert "tshark does not run (" in made().found.absent["mqttset"]
    tools._refusal.cache_clear()
    program(programs, 0)
    assert made().found.located["mqttset"].format == "pcap"


def test_a_version_that_lacks_a_field_of_the_format_counts_as_missing(programs: Path) -> None:
    mirror(*(f"{name}.pcap" for name in CAPTURES))
    program(programs, 1, says="tshark: Some fields are not valid: mqtt.kalive")
    assert made().found.absent["mqttset"] == (
        "MQTTset: tshark does not run (status 1: tshark: Some fields are not valid: mqtt.kalive), "
        "but its format pcap needs it; run: sudo apt-get install tshark"
    )


@pytest.mark.parametrize(
    ("manager", "command"),
    [("brew", "brew install wireshark"), ("apt-get", "sudo apt-get install tshark")],
)
def test_the_command_that_installs_a_program_is_of_a_package_manager_that_is_here(
    programs: Path, manager: str, command: str
) -> None:
    mirror(*(f"{name}.pcap" for name in CAPTURES))
    program(programs, 0, name=manager)
    assert made().found.absent["mqttset"].endswith(f"; run: {command}")


def test_a_format_that_needs_no_program_is_read_instead_with_a_notice() -> None:
    mirror(*(f"{name}.pcap" for name in CAPTURES), *CSV)
    found = made().found
    assert found.located["mqttset"].format == "csv"
    assert found.absent == {}
    (notice,) = found.notices
    assert "tshark is not installed, but its format pcap" in notice
    assert notice.endswith("csv is read instead.")


def test_an_available_format_that_needs_no_program_is_read_without_a_notice() -> None:
    mirror(*CSV)
    found = made().found
    assert (found.located["mqttset"].format, found.notices) == ("csv", ())


def test_no_simulated_dataset_needs_a_program() -> None:
    for name in simulator.names():
        format = simulator.format(name)
        assert format is not None
        assert readers.problem(datasets.load(name).format(format)) == ""


def test_where_names_the_program_of_a_format(
    programs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["where", "iot-ni"]) == 0
    said = "  read with tshark: tshark is not installed; sudo apt-get install tshark\n"
    assert capsys.readouterr().out.count(said) == 1
    program(programs, 0)
    assert cli.main(["where", "iot-ni"]) == 0
    assert "  read with tshark, which is installed\n" in capsys.readouterr().out


def test_a_sampled_dataset_needs_no_program_unless_its_format_changes() -> None:
    mirror(*(f"{name}.pcap" for name in CAPTURES), *CSV)
    for format, located in (("pcap", "pcap"), ("csv", "csv")):
        counts = {"format": format, "classes": {"Normal": {"kept": 1}, "SlowITe": {"kept": 1}}}
        write_json(Path("data/sampled/mqttset.json"), counts | {"notices": []})
        assert made().found.located["mqttset"].format == located


def test_a_program_tells_its_version(programs: Path) -> None:
    assert packets.TSHARK.version() == "tshark"
    (programs / "tshark").write_text("#!/bin/sh\necho 'TShark (Wireshark) 9.1.2 (Git abc).'\n")
    (programs / "tshark").chmod(0o755)
    assert packets.TSHARK.version() == "TShark (Wireshark) 9.1.2"
