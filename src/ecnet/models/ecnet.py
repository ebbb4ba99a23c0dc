"""EcNet, its ablations and the plain LSTM: one family, told apart by its switches.

| variant of the paper                 | cell          | branches | attention | pooling |
| ------------------------------------ | ------------- | -------- | --------- | ------- |
| EcNet, 'Our' (Tables VI, VII, VIII)  | lstm          | separate | true      | mean    |
| without attention (Table VII)        | lstm          | separate | false     | mean    |
| RNN, GRU (Figure 5, Table VIII)      | rnn, gru      | separate | true      | mean    |
| merged (Table VIII)                  | lstm, rnn, gru| merged   | true      | mean    |
| LSTM (Table VI)                      | lstm          | merged   | false     | last    |

`hidden` is the width of each of two separate recurrent layers; a merged layer is as wide as makes
the parameter counts agree within 5%.
"""

from pathlib import Path

import torch

from ecnet import seeds
from ecnet.models import Settings, _arrays
from ecnet.models._initial import initialise
from ecnet.models._network import Network, Shape, build, count
from ecnet.models._training import probabilities, train
from ecnet.records import FloatArray, Records

SCHEMA = {
    "cell": {"enum": ["lstm", "rnn", "gru"]},
    "branches": {"enum": ["separate", "merged"]},
    "attention": {"type": "boolean"},
    "pooling": {"enum": ["mean", "last"]},
    "sequence": {"enum": ["tokens", "flows"]},
    "embedding": {"type": "integer", "minimum": 1, "maximum": 1024},
    "hidden": {"type": "integer", "minimum": 1, "maximum": 4096},
    "heads": {"type": "integer", "minimum": 1, "maximum": 64},
    "dense": {"type": "integer", "minimum": 1, "maximum": 4096},
    "dropout": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
    "batch": {"type": "integer", "minimum": 1},
    "epochs": {"type": "integer", "minimum": 1},
    "patience": {"type": "integer", "minimum": 1},
    "learning_rate": {"type": "number", "exclusiveMinimum": 0},
    "weight_decay": {"type": "number", "minimum": 0},
}


class EcNet:
    """A network with the hyperparameters it was built with."""

    def __init__(self, network: Network, settings: Settings) -> None:
        """Hold `network`; its history is empty until it is trained."""
        self.network = network
        self.settings = settings
        self.history: list[dict[str, float]] = []

    @property
    def parameters(self) -> int:
        """The number of trained numbers; of nn.LSTM's two biases a gate both count."""
        return count(self.network)

    def predict(self, records: Records) -> FloatArray:
        """Return class probabilities, (n, C)."""
        return probabilities(self.network, records, self.settings)

    def save(self, path: Path) -> None:
        """Write the weights."""
        state = self.network.state_dict()
        _arrays.save(path, {name: value.numpy() for name, value in state.items()})


def fit(train_side: Records, validation: Records, settings: Settings, seed: int) -> EcNet:
    """Build and train a network; the same seed gives the same weights to the byte.

    Raises:
        InputError: hyperparameters rule each other out, or training diverges.
    """
    network = build(Shape.of(train_side), settings)
    initialise(network, seeds.generator(seed, "initial weights"))
    model = EcNet(network, settings)
    model.history = train(network, train_side, validation, settings, seed)
    return model


def load(weights: Path, settings: Settings, like: Records) -> EcNet:
    """Load the network saved in `weights`.

    Raises:
        InputError: the weights are not those of a network of `settings` for records `like` these.
    """
    network = build(Shape.of(like), settings)
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    arrays = _arrays.load(weights, shapes)
    network.load_state_dict({name: torch.from_numpy(value) for name, value in arrays.items()})
    return EcNet(network, settings)
