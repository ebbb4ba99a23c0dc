"""Answers of trained models, and errors, as tests of `ecnet score` want them."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ecnet.evaluate import scoring
from ecnet.runtime import cli


def answers(model: Path, *files: Path, **options: Any) -> pd.DataFrame:
    tables = [table for file in files for table in scoring.score(model, file, **options)]
    return pd.concat([table.to_pandas() for table in tables], ignore_index=True)


def failure(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert cli.main(["score", *map(str, arguments)]) == 2
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    return shown


def unlabelled(log: Path, target: Path) -> Path:
    """Write a log as Zeek itself writes it: without the field that the labels share."""
    text = "\n".join(
        line.rpartition("\t")[0]
        if line.startswith(("#fields", "#types")) or line[0] != "#"
        else line
        for line in log.read_text().splitlines()
    )
    target.write_text(text + "\n")
    return target
