"""The wheel holds all files of the package, and works outside the repository."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")

pytestmark = pytest.mark.slow


def called(*command: object, folder: Path) -> str:
    """Run a command that sees no other copy of the package; return what it prints."""
    hidden = ("PYTHONPATH", "VIRTUAL_ENV")
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={key: value for key, value in os.environ.items() if key not in hidden},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel in a copy of the sources: a build leaves files beside them."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(
        ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    called(*PIP, "wheel", "--no-deps", "--no-build-isolation", "--no-index", ".", folder=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def ecnet(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an empty environment; return its command.

    The dependencies are those of the environment that runs the tests. Its own `.pth` files, of
    which one leads to this repository, are not read from there.
    """
    folder = tmp_path_factory.mktemp("installed")
    called(sys.executable, "-m", "venv", "--without-pip", "environment", folder=folder)
    python = folder / "environment/bin/python"
    called(*PIP, "--python", python, "install", "--no-deps", "--no-index", wheel, folder=folder)
    purelib = called(
        python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=folder
    )
    paths = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    Path(purelib.strip(), "dependencies.pth").write_text("\n".join(sorted(paths)) + "\n")
    place = called(python, "-c", "import ecnet; print(ecnet.__file__)", folder=folder)
    assert Path(place.strip()).is_relative_to(folder)
    return folder / "environment/bin/ecnet"


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    source = ROOT / "src"
    files = {path.relative_to(source) for path in source.glob("ecnet/**/*") if path.is_file()}
    wanted = {path.as_posix() for path in files if "__pycache__" not in path.parts}
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if name.startswith("ecnet/")}
    assert held == wanted


def test_a_dataset_is_simulated_and_audited_outside_the_repository(
    ecnet: Path, tmp_path: Path
) -> None:
    made = called(ecnet, "simulate", "nsl-kdd", "--records", 500, "--folder", "d", folder=tmp_path)
    assert "d/KDDTrain+.txt: " in made
    params = shutil.copy(ROOT / "params.yaml", tmp_path / "limits.yaml")
    found = called(ecnet, "audit", "d/KDDTrain+.txt", "--params", params, folder=tmp_path)
    assert "source: simulated" in found
    assert "not run: " in found


def test_where_knows_the_datasets_outside_the_repository(ecnet: Path, tmp_path: Path) -> None:
    assert "page: " in called(ecnet, "where", "iot-23", folder=tmp_path)
