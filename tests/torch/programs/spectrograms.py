"""Windows for signals, and the spectra of short stretches of a signal: stft and istft."""

import importlib

from twin import Arrived, attempt

FAMILIES = ("hann", "hamming", "blackman", "bartlett", "kaiser")


def _signal(torch, *shape):
    x = torch.arange(float(torch.Size(shape).numel()), dtype=torch.float64)
    return ((x * 0.7).sin() + 0.3 * (x * 1.9).cos()).view(shape)


def windows_of_torch(torch):
    """torch.hann_window and its kin: sizes, periodic and symmetric, dtypes."""
    for name in FAMILIES:
        window = getattr(torch, f"{name}_window")
        for length in (0, 1, 2, 3, 8, 17):
            for periodic in (True, False):
                yield name, window(length, periodic, dtype=torch.float64)
        yield window(6), window(6, periodic=False, requires_grad=True), window(4, dtype=torch.float32)
        yield attempt(lambda: window(-1)), attempt(lambda: window(3, dtype=torch.int64))
        for wrong in ((2.5,), (), (3, True, 1, 2, 3), ("3",), (3, 1)):
            yield attempt(lambda: window(*wrong), words=False)
        yield attempt(lambda: window(3, colour=1), words=False)
    yield torch.hamming_window(5, True, 0.7), torch.hamming_window(5, False, alpha=0.7, beta=0.1)
    yield torch.kaiser_window(5, False, 3.0), torch.kaiser_window(5, True, beta=0.0)


def windows_of_signals(torch):
    """torch.signal.windows: symmetric and periodic, their parameters and complaints."""
    windows = importlib.import_module(f"{torch.__name__}.signal.windows")
    for name in sorted(windows.__all__):
        more = {"a": [0.4, 0.3, 0.2]} if name == "general_cosine" else {}
        window = getattr(windows, name)
        for M in (0, 1, 2, 7):
            for sym in (True, False):
                yield name, window(M, sym=sym, dtype=torch.float64, **more)
        yield window(6, **more), attempt(lambda: window(-2, **more))
        yield attempt(lambda: window(4, dtype=torch.int32, **more))
        yield window(5, requires_grad=True, **more).sum().requires_grad
    yield (
        windows.exponential(5, sym=False, center=1, tau=2.0),
        windows.gaussian(5, std=0.5),
        windows.kaiser(5, beta=2.0),
    )
    yield windows.general_hamming(5, alpha=0.6), attempt(lambda: windows.exponential(5, center=1))
    yield attempt(lambda: windows.exponential(5, tau=0)), attempt(lambda: windows.gaussian(5, std=0))
    yield attempt(lambda: windows.kaiser(5, beta=-1)), attempt(lambda: windows.general_cosine(5, a=[]))


def spectra(torch):
    """stft with frames, windows, paddings; gradients to the signal and to the window, twice."""
    window = torch.hann_window(8, dtype=torch.float64)
    for shape in ((30,), (2, 30)):
        for options in (
            {},
            {"hop_length": 3},
            {"center": False, "normalized": True},
            {"onesided": False, "pad_mode": "constant"},
            {"win_length": 6, "window": torch.hamming_window(6, dtype=torch.float64)},
        ):
            x = _signal(torch, *shape).requires_grad_()
            w = options.get("window", window).clone().requires_grad_()
            y = torch.stft(x, 8, return_complex=True, **{**options, "window": w})
            yield y
            first = torch.autograd.grad((y * (0.1 + 0.2j)).real.pow(2).mean(), (x, w), create_graph=True)
            yield Arrived(list(first))
            yield Arrived(torch.autograd.grad(sum(g.pow(2).sum() for g in first), x))


def complex_spectra(torch):
    """Of complex signals and windows: both sides."""
    z = torch.complex(_signal(torch, 20), _signal(torch, 20) * 0.5)
    window = torch.hann_window(8, dtype=torch.float64)
    yield torch.stft(z, 8, window=window), torch.stft(z.real, 8, window=window * 1j)
    yield attempt(lambda: torch.stft(z, 8, window=window, onesided=True))
    there = torch.stft(z, 8, window=window)
    yield torch.istft(there, 8, window=window, return_complex=True)
    yield attempt(lambda: torch.istft(there, 8, window=window * 1j))


def there_and_back(torch):
    """istft answers the signal, and gradients flow through both."""
    for options in ({}, {"normalized": True}, {"onesided": False}, {"hop_length": 3, "win_length": 7}):
        x = _signal(torch, 2, 33).requires_grad_()
        w = torch.hann_window(options.get("win_length", 8), dtype=torch.float64)
        for length in (None, 25, 33):
            there = torch.stft(x, 8, window=w, return_complex=True, **options)
            back = torch.istft(there, 8, window=w, length=length, **options)
            yield back
            (g,) = torch.autograd.grad(back.pow(3).sum(), x, create_graph=True)
            yield Arrived(g)
            yield Arrived(torch.autograd.grad(g.pow(2).sum(), x))
    one = torch.stft(_signal(torch, 33), 8, window=w[:7].new_ones(8), return_complex=True)
    yield torch.istft(one, 8, window=torch.ones(8, dtype=torch.float64)), one.stride()


def refused_spectra(torch):
    """What is wrong with a call, in the words that name all of it."""
    x, w = _signal(torch, 2, 30), torch.ones(8, dtype=torch.float64)
    for change in (
        {"return_complex": None},
        {"n_fft": 40, "center": False},
        {"hop_length": 0},
        {"win_length": 9},
        {"window": w[:5]},
        {"align_to_window": True},
        {"input": x.long(), "center": False},
        {"input": x[None], "center": False},
    ):
        given = {"input": x, "n_fft": 8, "window": w, "return_complex": True, **change}
        yield attempt(lambda: torch.stft(**given))
    there = torch.stft(x, 8, window=w, return_complex=True)
    for change in (
        {"n_fft": 6},
        {"onesided": False},
        {"input": there.real},
        {"hop_length": 9},
        {"win_length": 9},
        {"window": w[:5]},
        {"input": there[:, :, :0]},
        {"return_complex": True},
        {"window": torch.hann_window(8, dtype=torch.float64), "center": False},
    ):
        given = {"input": there, "n_fft": 8, "window": w, **change}
        yield attempt(lambda: torch.istft(**given))
