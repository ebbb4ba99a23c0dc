"""After a fault the same call makes the same bytes; tests/helpers/faults.py has more of them."""

from pathlib import Path

import faults
import pytest

pytestmark = pytest.mark.slow

TESTED = (
    "kill -9 of a step, as for want of memory",
    "a full disk",
    "a file removed while running",
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> faults.Reference:
    return faults.reference(tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize("name", TESTED)
def test_after_a_fault_the_same_call_makes_the_same_bytes(
    whole: faults.Reference, tmp_path: Path, name: str
) -> None:
    if name in faults.ON_A_DISK and not faults.can_mount():
        pytest.skip("no disk can be mounted here: that takes root, and not in every container")
    found = faults.injected(name, 0, whole, tmp_path)
    assert (found.again, found.equal, found.left) == ("status 0", True, [])
    if name == "a full disk":
        assert "make room on the disk" in found.ended
