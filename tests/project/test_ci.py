"""The scripts of the workflows, with a fake of GitHub's command line."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import runs

ROOT = Path(__file__).parents[2]
GH = """#!/bin/sh
case "$1" in
api) printf '%s\\n' "$TAG" ;;
release) [ "$2 $4 $7 $8" = "download results.tar.gz -- v1" ] && cp "$ASSET" "$6" ;;
esac
"""


def compared(folder: Path, *, tag: str, results: Path) -> subprocess.CompletedProcess[str]:
    """Run .ci/compare-with-release; the latest release is `tag`, with folder/results.tar.gz."""
    gh = folder / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text(GH)
    gh.chmod(0o755)
    (folder / "ecnet").mkdir()
    shutil.copytree(ROOT / ".ci", folder / "ecnet" / ".ci")
    return subprocess.run(
        [folder / "ecnet" / ".ci" / "compare-with-release", results],
        env={
            "PATH": f"{gh.parent}:{Path(sys.executable).parent}:{os.defpath}",
            "GH_REPO": "somebody/ecnet",
            "TAG": tag,
            "ASSET": str(folder / "results.tar.gz"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_release_nothing_is_compared(new: Path, tmp_path: Path) -> None:
    done = compared(tmp_path, tag="", results=new)
    assert (done.returncode, done.stderr) == (0, "")
    assert "No release holds a results.tar.gz yet." in done.stdout


def test_a_number_that_a_release_does_not_have_fails(old: Path, new: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "results.tar.gz", "w:gz") as archive:
        archive.add(old, arcname="results")
    runs.edit(runs.metrics(new), runs.move(-0.125))
    done = compared(tmp_path, tag="v1", results=new)
    assert done.returncode == 1, done.stderr
    assert f"- {runs.NAME}: accuracy by vector was 0.93" in done.stdout
