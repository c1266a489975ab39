"""Models that people know, from `torch.nn` alone: each function takes `torch` (PyTorch itself or the core) and a width, and
gives a model with a function that runs one step of training, as far as `backward`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Step = Callable[[], Any]


def resnet(torch: Any, depth: int = 18, width: int = 64, batch: int = 8, size: int = 224) -> tuple[Any, Step]:
    """ResNet-18 or ResNet-50."""
    nn = torch.nn

    def conv(a: int, b: int, k: int, stride: int = 1) -> Any:
        return nn.Conv2d(a, b, k, stride, k // 2, bias=False)

    class Block(nn.Module):
        def __init__(self, a: int, b: int, stride: int) -> None:
            super().__init__()
            if depth == 18:
                out = b
                self.body = nn.Sequential(
                    conv(a, b, 3, stride), nn.BatchNorm2d(b), nn.ReLU(inplace=True), conv(b, b, 3), nn.BatchNorm2d(b)
                )
            else:
                out = 4 * b
                self.body = nn.Sequential(
                    conv(a, b, 1), nn.BatchNorm2d(b), nn.ReLU(inplace=True), conv(b, b, 3, stride), nn.BatchNorm2d(b),
                    nn.ReLU(inplace=True), conv(b, out, 1), nn.BatchNorm2d(out),
                )  # fmt: skip
            same = stride == 1 and a == out
            self.skip = nn.Identity() if same else nn.Sequential(conv(a, out, 1, stride), nn.BatchNorm2d(out))
            self.relu = nn.ReLU(inplace=True)

        def forward(self, x: Any) -> Any:
            return self.relu(self.body(x) + self.skip(x))

    grow = 1 if depth == 18 else 4
    layers: list[Any] = [conv(3, width, 7, 2), nn.BatchNorm2d(width), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    a = width
    for stage, count in enumerate((2, 2, 2, 2) if depth == 18 else (3, 4, 6, 3)):
        b = width << stage
        blocks = []
        for i in range(count):
            blocks.append(Block(a, b, 2 if stage and not i else 1))
            a = b * grow
        layers.append(nn.Sequential(*blocks))
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(a, 10))
    x, y = torch.randn(batch, 3, size, size), torch.arange(batch) % 10

    def step() -> Any:
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        return loss

    return model, step


def gpt(
    torch: Any, layers: int = 12, width: int = 256, heads: int = 4, length: int = 64, batch: int = 4
) -> tuple[Any, Step]:
    """A GPT: embeddings, blocks of attention and perceptron, a head."""
    nn, F = torch.nn, torch.nn.functional
    words = 128

    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

        def forward(self, x: Any) -> Any:
            b, t, c = x.shape
            q, k, v = [part.view(b, t, heads, c // heads).transpose(1, 2) for part in self.qkv(x).split(width, dim=2)]
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.out(y.transpose(1, 2).contiguous().view(b, t, c))

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.attention = Attention()
            self.perceptron = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

        def forward(self, x: Any) -> Any:
            x = x + self.attention(self.norm1(x))
            return x + self.perceptron(self.norm2(x))

    class GPT(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words, self.places = nn.Embedding(words, width), nn.Embedding(length, width)
            self.blocks = nn.ModuleList([Block() for _ in range(layers)])
            self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, words, bias=False)

        def forward(self, at: Any) -> Any:
            x = self.words(at) + self.places(torch.arange(at.shape[1]))
            for block in self.blocks:
                x = block(x)
            return self.head(self.norm(x))

    model = GPT()
    text = torch.arange(batch * (length + 1)).view(batch, -1) * 7 % words

    def step() -> Any:
        loss = F.cross_entropy(model(text[:, :-1]).reshape(-1, words), text[:, 1:].reshape(-1))
        loss.backward()
        return loss

    return model, step


def lstm(torch: Any, steps: int = 80, width: int = 32) -> tuple[Any, Step]:
    """An LSTM written as a cell in a loop over the sequence."""
    nn = torch.nn

    class Tagger(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell, self.head = nn.LSTMCell(8, width), nn.Linear(width, 4)

        def forward(self, x: Any) -> Any:
            h = c = x.new_zeros(x.shape[1], width)
            for piece in x:
                h, c = self.cell(piece, (h, c))
            return self.head(h)

    model = Tagger()
    x, y = torch.randn(steps, 3, 8), torch.tensor([0, 1, 2])

    def step() -> Any:
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        return loss

    return model, step


def gan(torch: Any, width: int = 16) -> tuple[Any, Step]:
    """Both halves of one step of a GAN."""
    nn, F = torch.nn, torch.nn.functional
    make = nn.Sequential(nn.Linear(4, width), nn.LeakyReLU(0.2), nn.Linear(width, 2), nn.Tanh())
    judge = nn.Sequential(nn.Linear(2, width), nn.LeakyReLU(0.2), nn.Linear(width, 1))
    model = nn.ModuleDict({"make": make, "judge": judge})
    makers, judges = torch.optim.Adam(make.parameters()), torch.optim.Adam(judge.parameters())
    real, noise = torch.randn(6, 2), torch.randn(6, 4)

    def step() -> Any:
        fake = make(noise)
        judges.zero_grad()
        on_real = F.binary_cross_entropy_with_logits(judge(real), torch.ones(6, 1))
        on_fake = F.binary_cross_entropy_with_logits(judge(fake.detach()), torch.zeros(6, 1))
        (on_real + on_fake).backward()
        judges.step()
        makers.zero_grad()
        loss = F.binary_cross_entropy_with_logits(judge(fake), torch.ones(6, 1))
        loss.backward()
        makers.step()
        return loss

    return model, step


def vae(torch: Any, width: int = 16) -> tuple[Any, Step]:
    """A variational autoencoder, with the reparametrisation trick."""
    nn, F = torch.nn, torch.nn.functional

    class VAE(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = nn.Sequential(nn.Linear(12, width), nn.ReLU())
            self.mean, self.log_variance = nn.Linear(width, 2), nn.Linear(width, 2)
            self.decoder = nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Linear(width, 12), nn.Sigmoid())

        def forward(self, x: Any) -> Any:
            h = self.encoder(x)
            mean, log_variance = self.mean(h), self.log_variance(h)
            z = mean + torch.randn(mean.shape) * (0.5 * log_variance).exp()
            return self.decoder(z), mean, log_variance

    model = VAE()
    x = torch.rand(5, 12)

    def step() -> Any:
        again, mean, log_variance = model(x)
        kl = -0.5 * (1 + log_variance - mean.pow(2) - log_variance.exp()).sum()
        loss = F.binary_cross_entropy(again, x, reduction="sum") + kl
        loss.backward()
        return loss

    return model, step


def unet(torch: Any, width: int = 8) -> tuple[Any, Step]:
    """One step of training a diffusion model: a U-Net with skip connections and an embedding of time."""
    nn, F = torch.nn, torch.nn.functional

    class Block(nn.Module):
        def __init__(self, a: int, b: int) -> None:
            super().__init__()
            self.first, self.second = nn.Conv2d(a, b, 3, padding=1), nn.Conv2d(b, b, 3, padding=1)
            self.norm, self.time = nn.GroupNorm(4, b), nn.Linear(width, b)

        def forward(self, x: Any, t: Any) -> Any:
            h = F.silu(self.first(x)) + self.time(t)[:, :, None, None]
            return F.silu(self.norm(self.second(h)))

    class UNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.time = nn.Sequential(nn.Linear(1, width), nn.SiLU(), nn.Linear(width, width))
            self.down1, self.down2 = Block(1, width), Block(width, 2 * width)
            self.middle = Block(2 * width, 2 * width)
            self.up2, self.up1 = Block(4 * width, width), Block(2 * width, width)
            self.out = nn.Conv2d(width, 1, 1)

        def forward(self, x: Any, t: Any) -> Any:
            t = self.time(t)
            a = self.down1(x, t)
            b = self.down2(F.max_pool2d(a, 2), t)
            m = self.middle(F.max_pool2d(b, 2), t)
            u = self.up2(torch.cat([F.interpolate(m, scale_factor=2), b], dim=1), t)
            u = self.up1(torch.cat([F.interpolate(u, scale_factor=2), a], dim=1), t)
            return self.out(u)

    model = UNet()
    clean, noise, t = torch.randn(2, 1, 8, 8), torch.randn(2, 1, 8, 8), torch.rand(2, 1)

    def step() -> Any:
        keep = (1 - t)[:, :, None, None]
        loss = F.mse_loss(model(keep * clean + (1 - keep) * noise, t), noise)
        loss.backward()
        return loss

    return model, step


def lora(torch: Any, width: int = 16, rank: int = 2) -> tuple[Any, Step]:
    """Fine-tuning by low-rank additions to frozen weights."""
    nn, F = torch.nn, torch.nn.functional

    class LoRA(nn.Module):
        def __init__(self, inner: Any) -> None:
            super().__init__()
            self.inner = inner
            self.a = nn.Parameter(torch.randn(rank, inner.in_features) * 0.1)
            self.b = nn.Parameter(torch.zeros(inner.out_features, rank))

        def forward(self, x: Any) -> Any:
            return self.inner(x) + x @ self.a.t() @ self.b.t()

    base = nn.Sequential(nn.Linear(8, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 3))
    for parameter in base.parameters():
        parameter.requires_grad_(False)
    model = nn.Sequential(*[LoRA(part) if isinstance(part, nn.Linear) else part for part in base])
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=0.01)
    x, y = torch.randn(4, 8), torch.tensor([0, 1, 2, 0])

    def step() -> Any:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return model, step


SMALL: dict[str, Callable[[Any], tuple[Any, Step]]] = {
    "ResNet-18": lambda torch: resnet(torch, 18, width=4, batch=2, size=32),
    "ResNet-50": lambda torch: resnet(torch, 50, width=4, batch=2, size=32),
    "GPT": lambda torch: gpt(torch, layers=12, width=16, heads=2, length=8, batch=2),
    "LSTM": lambda torch: lstm(torch, steps=80, width=8),
    "GAN": gan,
    "VAE": vae,
    "U-Net": unet,
    "LoRA": lora,
}
