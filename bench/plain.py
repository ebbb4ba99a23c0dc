"""EcNet as PyTorch's tutorials would write it: nn modules, a DataLoader, torch.optim.

It shares no code with the project's own network, so that both engines can be compared with it.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from ecnet.models.hyperparameters import Hyperparameters
from ecnet.models.parameters import DataShape, width
from ecnet.prepare.records import Records

_CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


class Plain(nn.Module):
    """A variant of EcNet on tokens."""

    def __init__(self, data: DataShape, hyper: Hyperparameters) -> None:
        """Make its layers, with torch's own initial weights."""
        super().__init__()
        token, h = hyper.embedding, width(data, hyper)
        self.merged, self.last = hyper.branches == "merged", hyper.pooling == "last"
        self.weight = nn.Parameter(torch.randn(data.numerical, token))
        self.bias = nn.Parameter(torch.randn(data.numerical, token))
        self.embeddings = nn.ModuleList(nn.Embedding(n, token) for n in data.cardinalities)
        cell = _CELLS[hyper.cell]
        layers = 1 if self.merged else 2
        self.layers = nn.ModuleList(cell(token, h, batch_first=True) for _ in range(layers))
        self.attention = (
            nn.MultiheadAttention(h, hyper.heads, batch_first=True) if hyper.attention else None
        )
        self.classifier = nn.Sequential(
            nn.Linear(h, hyper.dense),
            nn.ReLU(),
            nn.Dropout(hyper.dropout),
            nn.Linear(hyper.dense, data.classes),
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
    """A loop over batches, as in the tutorials."""

    def __init__(self, records: Records, hyper: Hyperparameters) -> None:
        """Make the network, its optimiser and the loader."""
        self.network = Plain(DataShape.of(records), hyper)
        self._optimiser = torch.optim.AdamW(
            self.network.parameters(), hyper.learning_rate, weight_decay=hyper.weight_decay
        )
        tensors = TensorDataset(
            torch.from_numpy(records.numerical),
            torch.from_numpy(records.categorical).long(),
            torch.from_numpy(records.label).long(),
        )
        self._loader = DataLoader(tensors, hyper.batch, shuffle=True)

    def epoch(self) -> None:
        """Train on every record once."""
        self.network.train()
        for numerical, categorical, label in self._loader:
            loss = functional.cross_entropy(self.network(numerical, categorical), label)
            self._optimiser.zero_grad()
            loss.backward()
            self._optimiser.step()
