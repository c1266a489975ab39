"""Spectra of short stretches of a signal, and the signal back from them: stft and istft."""

from __future__ import annotations

import math
from typing import Any

from .. import errors, geometry
from ..tensor import Tensor
from .complex_views import view_as_complex
from .creation import ones, zeros
from .pad import constant_pad, pad
from .registry import OPS, function_of, public
from .views import _warn_once


def _op(name: str) -> Any:
    from .. import fft as _transforms  # which declares them

    assert _transforms
    return function_of(OPS[name])


def _type(t: Any) -> str:
    """A tensor's type as these two functions say it."""
    return geometry.type_text(t.dtype.legacy) if t.is_cpu else errors.type_name(t)


def _told(name: str, input: Any, window: Any, **options: Any) -> str:
    """The call, as the errors begin."""
    shown = {"window": "None" if window is None else f"{_type(window)}{{{list(window.shape)}}}"}
    for key, value in options.items():
        shown[key] = str(int(value)) if isinstance(value, bool) else str(value)
    order = [
        "n_fft",
        "hop_length",
        "win_length",
        "window",
        *[k for k in options if k not in ("n_fft", "hop_length", "win_length")],
    ]
    return f"{name}({_type(input)}{list(input.shape)}, " + ", ".join(f"{k}={shown[k]}" for k in order) + ") "


@public()
def stft(
    input: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Tensor:
    """The spectra of windows of a signal (length,) or of several (batch, length): (batch?, frequencies, frames).

    n_fft: samples in a frame. hop_length: from one frame to the next (n_fft // 4). window: what each frame is multiplied
    by, win_length long. center: frame t is centred at t * hop_length, the signal padded with `pad_mode`.
    """
    if center and align_to_window is not None:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    if center:
        n = input.dim()
        wide = pad(input.view([1] * (3 - n) + list(input.shape)), [n_fft // 2, n_fft // 2], pad_mode)
        input = wide.view(wide.shape[-n:])
    hop = n_fft // 4 if hop_length is None else hop_length
    length = n_fft if win_length is None else win_length
    complex_result = return_complex
    if return_complex is None:
        if not (input.is_complex() or window is not None and window.is_complex()):
            raise RuntimeError(
                "stft requires the return_complex parameter be given for real inputs, and will further require that "
                "return_complex=True in a future PyTorch release."
            )
        complex_result = True
    if window is None:
        _warn_once(
            "A window was not provided. A rectangular window will be applied,which is known to cause spectral leakage. Other windows "
            "such as torch.hann_window or torch.hamming_window are recommended to reduce spectral leakage.To suppress this warning and "
            "use a rectangular window, explicitly set `window=torch.ones(n_fft, device=<device>)`."
        )
    if not complex_result:
        _warn_once(
            "stft with return_complex=False is deprecated. In a future pytorch release, stft will return complex tensors for all "
            "inputs, and return_complex=False will raise an error.\nNote: you can still call torch.view_as_real on the complex output "
            "to recover the old return format."
        )

    def refuse(why: str) -> RuntimeError:
        return RuntimeError(
            _told("stft", input, window, n_fft=n_fft, hop_length=hop, win_length=length, normalized=normalized,
                  onesided=onesided, return_complex=return_complex, align_to_window=align_to_window) + f": {why}"
        )  # fmt: skip

    if input._a.dtype.kind not in "fcV":
        raise refuse("expected a tensor of floating point or complex values")
    if not 1 <= input.dim() <= 2:
        raise refuse("expected a 1D or 2D tensor")
    x = input.unsqueeze(0) if input.dim() == 1 else input
    samples = x.size(1)
    if not 0 < n_fft <= samples:
        raise refuse(f"expected 0 < n_fft < {samples}, but got n_fft={n_fft}")
    if hop <= 0:
        raise refuse(f"expected hop_length > 0, but got hop_length={hop}")
    if not 0 < length <= n_fft:
        raise refuse(f"expected 0 < win_length <= n_fft, but got win_length={length}")
    if window is not None and (window.dim() != 1 or window.size(0) != length):
        raise refuse(
            f"expected a 1D window tensor of size equal to win_length={length}, but got window with size {list(window.shape)}"
        )
    taper = window
    if length < n_fft:
        taper = zeros(n_fft, dtype=x.dtype if window is None else window.dtype)
        middle = taper.narrow(0, (n_fft - length) // 2, length)  # type: ignore[attr-defined]
        middle.fill_(1) if window is None else middle.copy_(window)
    across, along = x.stride()
    frames = 1 + (samples - n_fft) // hop
    x = x.as_strided((x.size(0), frames, n_fft), (across, hop * along, along))
    if taper is not None:
        x = x.mul(taper)
    both_sides = x.is_complex() if onesided is None else not onesided
    scale = 1 / math.sqrt(n_fft) if normalized else 1.0
    if x.is_complex():
        if not both_sides:
            raise RuntimeError("Cannot have onesided output if window or input is complex")
        out = _op("_fft_c2c")(x, (2,), scale, True)
    else:
        out = _op("_fft_r2c")(x, (2,), scale, not both_sides)
    out.transpose_(1, 2)
    if input.dim() == 1:
        out.squeeze_(0)
    return out if complex_result else out.view_as_real()  # type: ignore[no-any-return]


@public()
def istft(
    input: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Tensor:
    """The way back from `stft`: frames are added up where they overlap and divided by the sum of their windows' squares."""
    hop = n_fft // 4 if hop_length is None else hop_length
    reach = n_fft if win_length is None else win_length

    def refuse(why: str) -> RuntimeError:
        return RuntimeError(
            _told("istft", input, window, n_fft=n_fft, hop_length=hop, win_length=reach, center=center, normalized=normalized,
                  onesided=onesided, length=length, return_complex=return_complex) + why
        )  # fmt: skip

    if window is None:
        _warn_once(
            "A window was not provided. A rectangular window will be applied.Please provide the same window used by stft to make the "
            "inversion lossless.To suppress this warning and use a rectangular window, explicitly set "
            "`window=torch.ones(n_fft, device=<device>)`."
        )
    if not input.is_complex():
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        )
    parts = input.view_as_real()
    frames, frequencies = parts.size(-2), parts.size(-3)
    expected = n_fft + hop * (frames - 1)
    if not input.numel():
        raise refuse(": input tensor cannot be empty.")
    if parts.dim() not in (3, 4):
        raise refuse(f": expected a tensor with 3 or 4 dimensions, but got {parts.dim()}")
    half = frequencies != n_fft if onesided is None else onesided
    if half and n_fft // 2 + 1 != frequencies:
        raise refuse(
            ": expected the frequency dimension (3rd to the last) of the input tensor to match n_fft / 2 + 1 when onesided=True, "
            f"but got {frequencies}"
        )
    if not half and n_fft != frequencies:
        raise refuse(
            f": expected the frequency dimension (3rd to the last) of the input tensor to match n_fft when onesided=False, but got {frequencies}"
        )
    if not 0 < hop <= reach:
        raise refuse(": expected 0 < hop_length <= win_length")
    if not 0 < reach <= n_fft:
        raise refuse(": expected 0 < win_length <= n_fft")
    if window is not None and (window.dim() != 1 or window.size(0) != reach):
        raise refuse(": Invalid window shape. window has to be 1D and length of `win_length`")
    taper = ones(reach, dtype=parts.dtype) if window is None else window
    if reach != n_fft:
        left = (n_fft - reach) // 2
        taper = constant_pad(taper, (left, n_fft - reach - left), 0)
    if parts.dim() == 3:
        parts = parts.unsqueeze(0)
    spectra: Any = view_as_complex(parts.transpose(1, 2))
    scale = 1 / math.sqrt(n_fft) if normalized else 1 / n_fft
    if return_complex:
        if half:
            raise RuntimeError("Cannot have onesided output if window or input is complex")
        pieces = _op("_fft_c2c")(spectra, (2,), scale, False)
    else:
        if taper.is_complex():
            raise RuntimeError("Complex windows are incompatible with return_complex=False")
        if not half:
            spectra = spectra.narrow(-1, 0, n_fft // 2 + 1)
        pieces = _op("_fft_c2r")(spectra, (2,), scale, n_fft)
    add_up = _op("unfold_backward")
    y = add_up(pieces.mul(taper.view(1, 1, n_fft)), (pieces.size(0), expected), 1, n_fft, hop)
    weights = add_up(taper.pow(2).expand(1, frames, n_fft), (1, expected), 1, n_fft, hop)
    start = n_fft // 2 if center else 0
    end = start + length if length is not None else expected - n_fft // 2 if center else expected
    y, weights = y[:, start:end], weights[:, start:end]
    least: Any = weights.abs().min().lt(1e-11)
    if bool(least):
        raise refuse("window overlap add min: 1\n[ CPUBoolType{} ]")
    y = y.div(weights)
    if input.dim() == 2:
        y = y.squeeze(0)
    if end > expected:
        _warn_once(
            "The length of signal is shorter than the length parameter. Result is being padded with zeros in the tail. Please check "
            "your center and hop_length settings."
        )
        y = constant_pad(y, (0, end - expected), 0)
    return y  # type: ignore[no-any-return]
