"""A file that is written atomically can be read by whoever can read other new files."""

from pathlib import Path

import numpy as np

from ecnet.files import write_json
from ecnet.models import weights


def test_weights_have_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    weights.write(tmp_path / "weights.safetensors", {"1-1": {"a": np.zeros(3, np.float32)}})
    write_json(tmp_path / "model.json", {})
    modes = {path.stat().st_mode for path in tmp_path.iterdir()}
    assert modes == {plain.stat().st_mode}
