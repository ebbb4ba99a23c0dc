"""Reading Zeek logs with labels."""

import pandas as pd
import pytest
from native import zeek
from small import ZEEK, failure, whole

FLOWS = pd.DataFrame(
    {
        "ts": ["1.5", "2.5", "3.5"],
        "proto": ["tcp", "-", '"odd'],
        "tunnel_parents": ["-", "(empty)", "CxY"],
        "label": ["Benign", "Malicious", "Malicious"],
        "detailed-label": ["-", "DDoS", "DDoS"],
    }
)


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("parting", ["   ", "\t"])
def test_the_last_field_of_a_zeek_log_is_split(file, closed, parting):
    batch = whole(file(zeek(FLOWS, closed=closed, parting=parting)), ZEEK)
    assert batch.records["label"].tolist() == ["Benign", "DDoS", "DDoS"]
    assert batch.records["row"].tolist() == [9, 10, 11]
    assert batch.records["proto"].isna().tolist() == [False, True, False]
    assert batch.records["proto"][2] == '"odd'
    assert batch.records["tunnel_parents"].isna().tolist() == [True, True, False]
    assert batch.rejected.empty


def test_a_zeek_log_truncated_in_its_last_line_loses_only_that_line(file):
    text = zeek(FLOWS, closed=False)
    start = text.rindex("\n") + 1
    for end in range(start + 1, len(text)):
        batch = whole(file(text[:end]), ZEEK)
        assert batch.records["row"].tolist() == [9, 10], text[start:end]
        assert batch.rejected["row"].tolist() == [11], text[start:end]


def test_a_zeek_log_without_header_is_an_error(file):
    text = zeek(FLOWS)
    assert "#fields" in failure(file(text[text.index("1.5") :]), ZEEK)
    failure(file(""), ZEEK)
    failure(file(text[: text.index("#types")]), ZEEK)


def test_a_zeek_log_without_a_required_field_is_an_error(file):
    assert "proto" in failure(file(zeek(FLOWS.rename(columns={"proto": "prot"}))), ZEEK)
