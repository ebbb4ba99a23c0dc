"""What torch computes on: the CPU or a GPU, with float32 or bfloat16 in products of matrices."""

import os
from contextlib import AbstractContextManager

import torch

from ecnet.errors import InputError
from ecnet.models.engines import NO_GPU


def prepared(device: str) -> torch.device:
    """Return a device, `cpu` or `cuda`, on which equal inputs give equal bytes.

    From now on torch refuses every operation whose results could differ between runs.

    Raises:
        InputError: torch sees no GPU.
    """
    # What torch.use_deterministic_algorithms(True) does, without the compiler it imports.
    torch.set_deterministic_debug_mode("error")
    # New memory is written before it is read; to fill it first costs up to a tenth of the time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    if device == "cuda":
        if not torch.cuda.is_available():
            raise InputError(NO_GPU)
        # The value that the documentation of cuBLAS and that of cuDNN's recurrent layers both call
        # deterministic; read with the first product.
        os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":16:8"
        torch.backends.cudnn.allow_tf32 = False  # float32 is float32, as in torch's other products
    return torch.device(device)


def products(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """Return a context whose products of matrices have factors of a precision, as in `SCHEMA`."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")
