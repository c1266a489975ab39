"""Training steps of the models that courses build: our time as a ratio of PyTorch's, measured as in `small_ops`.

python -m benchmarks.models
python -m benchmarks.models --only GPT
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Any

from .small_ops import ROUNDS, Work, measure, reference


def _step(torch: Any, net: Any, inputs: Any, targets: Any) -> Work:
    """Zero the gradients, cross entropy, backward, AdamW."""
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
    loss = torch.nn.CrossEntropyLoss()

    def work() -> None:
        optimizer.zero_grad()
        loss(net(inputs).flatten(0, -2), targets.flatten()).backward()
        optimizer.step()

    return work


VOCABULARY, BATCH, LENGTH, WIDTH, HEADS, BLOCKS = 65, 8, 64, 64, 4, 4


def gpt(torch: Any, fused: bool) -> Work:
    """Four blocks of causal attention and a perceptron, written with plain modules; the attention by hand or `fused`."""
    torch.manual_seed(0)
    nn, F = torch.nn, torch.nn.functional

    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
            self.register_buffer("mask", torch.tril(torch.ones(LENGTH, LENGTH)).view(1, 1, LENGTH, LENGTH))

        def forward(self, x: Any) -> Any:
            b, t, c = x.shape
            q, k, v = (y.view(b, t, HEADS, c // HEADS).transpose(1, 2) for y in self.qkv(x).split(c, dim=2))
            if fused:
                y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            else:
                scores = (q @ k.transpose(-2, -1)) * (c // HEADS) ** -0.5
                scores = scores.masked_fill(self.mask[:, :, :t, :t] == 0, float("-inf"))
                y = F.softmax(scores, dim=-1) @ v
            return self.out(y.transpose(1, 2).contiguous().view(b, t, c))

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.before, self.attention = nn.LayerNorm(WIDTH), Attention()
            self.between = nn.LayerNorm(WIDTH)
            self.perceptron = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

        def forward(self, x: Any) -> Any:
            x = x + self.attention(self.before(x))
            return x + self.perceptron(self.between(x))

    class GPT(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.token, self.place = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(LENGTH, WIDTH)
            self.blocks = nn.Sequential(*[Block() for _ in range(BLOCKS)])
            self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, VOCABULARY)

        def forward(self, at: Any) -> Any:
            return self.head(self.norm(self.blocks(self.token(at) + self.place(torch.arange(at.shape[1])))))

    inputs, targets = torch.randint(0, VOCABULARY, (2, BATCH, LENGTH))
    return _step(torch, GPT(), inputs, targets)


def names(torch: Any) -> Work:
    """The next letter from the last eight: a table, a hidden layer with batch normalisation and tanh."""
    torch.manual_seed(0)
    nn = torch.nn
    net = nn.Sequential(
        nn.Embedding(27, 10),
        nn.Flatten(),
        nn.Linear(80, 200, bias=False),
        nn.BatchNorm1d(200),
        nn.Tanh(),
        nn.Linear(200, 27),
    )
    return _step(torch, net, torch.randint(0, 27, (32, 8)), torch.randint(0, 27, (32,)))


def names_by_hand(torch: Any) -> Work:
    """The same without modules, as lessons write it: a table indexed, batch normalisation spelled out, plain descent."""
    torch.manual_seed(0)
    table, first = torch.randn(27, 10), torch.randn(80, 200) * 0.2
    scale, shift = torch.ones(1, 200), torch.zeros(1, 200)
    last, bias = torch.randn(200, 27) * 0.1, torch.zeros(27)
    parameters = [table, first, scale, shift, last, bias]
    for p in parameters:
        p.requires_grad = True
    at, targets = torch.randint(0, 27, (32, 8)), torch.randint(0, 27, (32,))

    def work() -> None:
        before = table[at].view(at.shape[0], -1) @ first
        mean, std = before.mean(0, keepdim=True), before.std(0, keepdim=True)
        hidden = torch.tanh(scale * (before - mean) / std + shift)
        loss = torch.nn.functional.cross_entropy(hidden @ last + bias, targets)
        for p in parameters:
            p.grad = None
        loss.backward()
        for p in parameters:
            p.data += -0.1 * p.grad

    return work


def recurrent(torch: Any, kind: str) -> Work:
    """A table, a recurrent layer over 32 letters, and the next letter after each of them."""
    torch.manual_seed(0)
    nn = torch.nn

    class Letters(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(VOCABULARY, 32)
            self.layer = getattr(nn, kind)(32, 128, batch_first=True)
            self.head = nn.Linear(128, VOCABULARY)

        def forward(self, at: Any) -> Any:
            return self.head(self.layer(self.table(at))[0])

    inputs, targets = torch.randint(0, VOCABULARY, (2, 16, 32))
    return _step(torch, Letters(), inputs, targets)


def translator(torch: Any) -> Work:
    """`nn.Transformer`, two layers on either side."""
    torch.manual_seed(0)
    net = torch.nn.Transformer(32, 4, 2, 2, 64, dropout=0.1, batch_first=True)
    source, target = torch.randn(8, 20, 32), torch.randn(8, 20, 32)
    mask = net.generate_square_subsequent_mask(20)
    optimizer = torch.optim.AdamW(net.parameters())

    def work() -> None:
        optimizer.zero_grad()
        net(source, target, tgt_mask=mask).pow(2).mean().backward()
        optimizer.step()

    return work


def big_table(torch: Any) -> Work:
    """A table of 50,000 words, 4,096 of them in a step."""
    torch.manual_seed(0)
    table = torch.nn.Embedding(50_000, 64)
    at = torch.randint(0, 50_000, (64, 64))

    def work() -> None:
        table.weight.grad = None
        table(at).sum().backward()

    return work


def works() -> Iterator[tuple[str, Callable[[Any], Work]]]:
    yield "GPT, attention by hand, step", lambda torch: gpt(torch, False)
    yield "GPT, fused attention, step", lambda torch: gpt(torch, True)
    yield "letters with batch norm, step", names
    yield "letters with batch norm by hand, step", names_by_hand
    for kind in ("RNN", "GRU", "LSTM"):
        yield f"{kind}, step", lambda torch, kind=kind: recurrent(torch, kind)
    yield "Transformer, step", translator
    yield "table of 50,000, step", big_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", default="", help="measure only what has this in its name")
    chosen = parser.parse_args()
    reference.set_num_threads(1)
    for name, prepare in works():
        if chosen.only in name:
            seconds, ratio = measure(prepare, chosen.rounds)
            print(f"{name:32} {ratio:6.2f} x   (PyTorch {seconds * 1e3:8.2f} ms)", flush=True)


if __name__ == "__main__":
    main()
