"""EcNet as it is written without a thought of speed: nn modules, a DataLoader, torch.optim.

Nothing of the project's own network is in it, so that it can be held against both engines.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from ecnet.models import Settings
from ecnet.models._layout import Shape, width
from ecnet.prepare.records import Records

_CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


class Plain(nn.Module):
    """A variant of EcNet on tokens."""

    def __init__(self, shape: Shape, settings: Settings) -> None:
        """Make its layers, with torch's own initial weights."""
        super().__init__()
        token, h = settings["embedding"], width(shape, settings)
        self.merged, self.last = settings["branches"] == "merged", settings["pooling"] == "last"
        self.weight = nn.Parameter(torch.randn(shape.numerical, token))
        self.bias = nn.Parameter(torch.randn(shape.numerical, token))
        self.embeddings = nn.ModuleList(nn.Embedding(n, token) for n in shape.cardinalities)
        cell = _CELLS[settings["cell"]]
        layers = 1 if self.merged else 2
        self.layers = nn.ModuleList(cell(token, h, batch_first=True) for _ in range(layers))
        self.attention = (
            nn.MultiheadAttention(h, settings["heads"], batch_first=True)
            if settings["attention"]
            else None
        )
        self.classifier = nn.Sequential(
            nn.Linear(h, settings["dense"]),
            nn.ReLU(),
            nn.Dropout(settings["dropout"]),
            nn.Linear(settings["dense"], shape.classes),
        )

    def forward(self, numerical: Tensor, categorical: Tensor) -> Tensor:
        """Return logits, (B, C)."""
        numbers = numerical[..., None] * self.weight + self.bias
        words = [embed(categorical[:, j]) for j, embed in enumerate(self.embeddings)]
        branches = [numbers, torch.stack(words, dim=1)]
        if self.merged:
            branches = [torch.cat(branches[::-1], dim=1)]
        pairs = zip(self.layers, branches, strict=True)
        states = torch.cat([layer(branch)[0] for layer, branch in pairs], dim=1)
        if self.attention is not None:
            states = self.attention(states, states, states, need_weights=False)[0]
        return self.classifier(states[:, -1] if self.last else states.mean(dim=1))


class Loop:
    """A loop over batches, as the tutorials have it."""

    def __init__(self, records: Records, settings: Settings) -> None:
        """Make the network, its optimiser and the loader."""
        self.network = Plain(Shape.of(records), settings)
        self._optimiser = torch.optim.AdamW(
            self.network.parameters(), settings["learning_rate"], weight_decay=0.01
        )
        tensors = TensorDataset(
            torch.from_numpy(records.numerical),
            torch.from_numpy(records.categorical).long(),
            torch.from_numpy(records.label).long(),
        )
        self._loader = DataLoader(tensors, settings["batch"], shuffle=True)

    def epoch(self) -> None:
        """Train on every record once."""
        self.network.train()
        for numerical, categorical, label in self._loader:
            loss = functional.cross_entropy(self.network(numerical, categorical), label)
            self._optimiser.zero_grad()
            loss.backward()
            self._optimiser.step()
