"""What TabM does beyond what every family does."""

import learnable
import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from ecnet.models import ON_CPU, tabm
from ecnet.models.deep import seeded

SETTINGS = {
    "submodels": 4,
    "depth": 2,
    "width": 16,
    "dropout": 0.5,
    "batch": 50,
    "epochs": 4,
    "steps": 1000,
    "patience": 4,
    "learning_rate": 0.01,
    "weight_decay": 0.0003,
    **ON_CPU,
}


def test_the_prediction_is_the_mean_of_the_submodels() -> None:
    train, test = learnable.make(200, draw=1), learnable.make(30, draw=3)
    model = tabm.fit(train, train, SETTINGS, 1)
    (x,) = model.inputs(test)
    with torch.inference_mode():
        each = model.network.get_submodule("layers")(x[:, None]).softmax(dim=2)  # (n, k, C)
    assert each.shape == (30, 4, 3)
    assert (each.std(dim=1) > 0).all()
    np.testing.assert_allclose(model.predict(test), each.mean(dim=1).numpy(), rtol=1e-5)


def test_each_submodel_has_its_own_loss() -> None:
    with seeded(1, "test"):
        logits, label = torch.randn(5, 4, 3), torch.tensor([0, 1, 2, 0, 1])
    each = [float(cross_entropy(logits[:, k], label)) for k in range(4)]
    assert float(tabm._loss(logits, label)) == pytest.approx(np.mean(each), rel=1e-5)


def test_submodels_start_with_one_sign_for_all_values_of_a_feature() -> None:
    records = learnable.make(20, draw=1)  # four numbers, three features of four known values
    signs = tabm.Ensemble(records, SETTINGS).get_parameter("layers.0.input_factors")  # (k, d)
    assert set(signs.flatten().tolist()) == {-1.0, 1.0}
    values = signs[:, 4:].reshape(4, 3, 4)
    assert (values == values[:, :, :1]).all()


def test_dropout_is_of_training_alone() -> None:
    train = learnable.make(100, draw=1)
    model = tabm.fit(train, train, SETTINGS, 1)
    np.testing.assert_array_equal(model.predict(train), model.predict(train))
