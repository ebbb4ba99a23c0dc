"""What the search for hostile input has found is read, or refused with an error of ours."""

from pathlib import Path

import pytest
import targets

CORPUS = Path(__file__).parent / "corpus"


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(target, marks=[pytest.mark.tshark] if target == "captures" else [])
        for target in targets.TARGETS
    ],
)
def test_every_found_input_is_read_or_refused(target: str) -> None:
    found = sorted((CORPUS / target).iterdir())
    assert found
    for path in found:
        targets.TARGETS[target](path.read_bytes())
