"""`ecnet score` of lines as they arrive."""

import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
import variants
from scored import answers, unlabelled

from ecnet.errors import InputError
from ecnet.evaluate.scoring import stream, trained


def test_lines_are_scored_as_they_arrive_and_a_broken_one_is_set_aside(
    project: variants.Project, log: Path, tmp_path: Path
) -> None:
    bare = unlabelled(log, tmp_path / log.name)
    lines = bare.read_text().splitlines(keepends=True)
    head, rows = [li for li in lines if li[0] == "#"][:8], [li for li in lines if li[0] != "#"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ecnet.runtime.cli", "score", project.model("xgboost"), "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write("".join([*head, rows[0]]))
    process.stdin.flush()
    first = json.loads(process.stdout.readline())
    start = time.monotonic()
    process.stdin.write(rows[1] + "no flow\n" + rows[2])
    process.stdin.flush()
    second, third = (json.loads(process.stdout.readline()) for _ in range(2))
    waited = time.monotonic() - start
    _, errors = process.communicate()
    assert process.returncode == 0
    wanted = answers(project.model("xgboost"), log).iloc[:3]
    assert [one["class"] for one in (first, second, third)] == wanted["class"].tolist()
    assert [one["row"] - first["row"] for one in (first, second, third)] == [0, 1, 3]
    assert f"stdin: row {first['row'] + 2}: 'no flow': has 1 fields" in errors
    assert "3 records scored, 1 rows set aside" in errors
    assert waited < 1


def test_ctrl_c_ends_a_stream_with_its_summary_and_its_output(
    project: variants.Project, log: Path, tmp_path: Path
) -> None:
    lines = log.read_text().splitlines(keepends=True)
    output = tmp_path / "answers.parquet"
    command = [sys.executable, "-m", "ecnet.runtime.cli", "score", project.model("xgboost"), "-"]
    with subprocess.Popen(
        [*command, "--output", output],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write("".join(lines[:12]) + "no flow\n")
        process.stdin.flush()
        assert "no flow" in process.stderr.readline()  # it waits for the next line now
        process.send_signal(signal.SIGINT)
        shown, _ = process.communicate()
    assert process.returncode == 0
    found = pq.read_table(output).to_pandas()
    assert f"{len(found)} records scored, 1 rows set aside" in shown
    assert (
        found["class"].tolist()
        == answers(project.model("xgboost"), log)["class"][: len(found)].tolist()
    )
    assert len(found) == sum(not line.startswith("#") for line in lines[:12])


def streamed(project: variants.Project, content: bytes) -> list[Any]:
    loaded = trained.load(project.model("xgboost"))
    return list(stream.batches(io.BytesIO(content), loaded))


def test_a_stream_has_the_records_of_the_file(project: variants.Project, log: Path) -> None:
    wanted = answers(project.model("xgboost"), log)
    found = pd.concat([batch.records for batch in streamed(project, log.read_bytes())])
    for column, of in (("row", "row"), ("ts", "time"), ("orig_h", "host"), ("label", "label")):
        assert found[column].tolist() == wanted[of].tolist()


def test_a_log_that_begins_anew_is_read_with_its_new_header(
    project: variants.Project, log: Path
) -> None:
    once = sum(len(batch.records) for batch in streamed(project, log.read_bytes()))
    found = streamed(project, log.read_bytes() * 2)
    assert sum(len(batch.records) for batch in found) == 2 * once
    assert sum(len(batch.rejected) for batch in found) == 0


def test_a_stream_of_json_lines_needs_no_header(project: variants.Project, log: Path) -> None:
    whole = pd.concat([batch.records for batch in streamed(project, log.read_bytes())])
    fields = log.read_text().splitlines()[6].split("\t")[1:-1]
    flows = [li.split("\t") for li in log.read_text().splitlines() if not li.startswith("#")]
    lines = [
        json.dumps({k: v for k, v in zip(fields, flow, strict=False) if v != "-"}) for flow in flows
    ]
    lines[3:3] = ["{}", '{"ts": ']
    found = streamed(project, "\n".join(lines).encode())
    records = pd.concat([batch.records for batch in found if len(batch.records)])
    assert records["proto"].tolist() == whole["proto"].tolist()
    aside = [row for batch in found for row in batch.rejected["row"]]
    assert 5 in aside


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"1.5\ttcp\n", "line 1 is no header of IoT-23"),
        (b"", "has no record of IoT-23"),
        (b"#fields\tts\tuid\n1\t2\n", "has no column id.orig_h of IoT-23"),
    ],
)
def test_a_stream_without_its_header_is_refused(
    project: variants.Project, content: bytes, wanted: str
) -> None:
    with pytest.raises(InputError, match=wanted):
        streamed(project, content)
