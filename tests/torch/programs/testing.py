"""torch.testing, finfo and iinfo."""

from twin import attempt


def close_or_not(torch):
    """assert_close: what passes, and the words for what does not."""
    close = torch.testing.assert_close
    t = torch.tensor
    pairs = [
        (t([1.0, 2.0]), t([1.0, 2.0 + 1e-7])),
        (t([1.0, 2.0, 3.0]), t([1.0, 2.5, 3.5])),
        (t([[1.0, 2.0], [3.0, 4.0]]), t([[1.0, 2.0], [3.0, 5.0]])),
        (t([1, 2, 3]), t([1, 2, 4])),
        (t([True, False]), t([True, True])),
        (t(1.0), t(2.0)),
        (t([1.0]), t([0.0])),
        (t([1.0, float("nan")]), t([1.0, float("nan")])),
        (t([1.0, float("inf")]), t([1.0, float("inf")])),
        (t([1.0]), t([1.0], dtype=torch.float64)),
        (t([1.0]), t([[1.0]])),
        (t([1 + 1j]), t([1 + 2j])),
        (1.0, 1.5),
        (1, 2),
        (1, 1.0),
        (1.0, 1.0 + 1e-9),
        (True, False),
        (None, 1),
        (None, None),
        ("a", "a"),
        ([1.0, t([2.0])], (1.0, t([3.0]))),
        ([1.0], [1.0, 2.0]),
        ({"a": 1.0, "b": 2.0}, {"a": 1.0, "c": 2.0}),
        ({"a": t([1.0]), "b": [t([2.0])]}, {"a": t([1.0]), "b": [t([3.0])]}),
    ]
    for a, b in pairs:
        yield attempt(lambda a=a, b=b: close(a, b))
    a, b = t([1.0, 2.0]), t([1.0, 2.1])
    yield attempt(lambda: close(a, b, rtol=0, atol=0))
    yield attempt(lambda: close(a, b, rtol=0.1, atol=0.1))
    yield attempt(lambda: close(a, b, rtol=0.1))
    yield attempt(lambda: close(a, b, msg="no"))
    yield attempt(lambda: close(a, b, msg=lambda words: "so: " + words))
    yield attempt(lambda: close(t([1.0]), t([1.0], dtype=torch.float64), check_dtype=False))
    yield attempt(lambda: close(torch.ones(2, 2).t(), torch.ones(2, 2), check_stride=True))
    yield attempt(lambda: close(torch.arange(6.0).view(2, 3).t(), torch.arange(6.0).view(3, 2), check_stride=True))
    yield attempt(lambda: close(torch.nn.Parameter(a), a, allow_subclasses=False), words=False)
    yield attempt(lambda: close(t(float("nan")), t(float("nan")), equal_nan=True))
    yield attempt(lambda: torch.testing.assert_allclose(a, b))


def made_tensors(torch):
    """make_tensor: dtypes, bounds, layout."""
    make = torch.testing.make_tensor
    for d in (torch.float32, torch.float64, torch.int64, torch.uint8, torch.bool, torch.complex64):
        t = make((2, 3), dtype=d, device="cpu")
        yield t.dtype, t.shape, t.requires_grad
    t = make(4, 5, dtype=torch.float64, device="cpu", low=-1, high=1, noncontiguous=True, requires_grad=True)
    yield t.shape, t.stride(), t.requires_grad, bool((t.abs() <= 1).all())
    yield attempt(lambda: make(2, dtype=torch.int64, device="cpu", requires_grad=True))
    yield attempt(lambda: make(2, dtype=torch.float32, device="cpu", low=2, high=1))
    yield bool((make(100, dtype=torch.int64, device="cpu", low=0, high=2, exclude_zero=True) == 1).all())


def limits(torch):
    """finfo and iinfo."""
    for d in (torch.float16, torch.float32, torch.float64, torch.complex64):
        i = torch.finfo(d)
        yield repr(i), i.bits, i.eps, i.max, i.min, i.tiny, i.smallest_normal, i.resolution, i.dtype
    for d in (torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64):
        i = torch.iinfo(d)
        yield repr(i), i.bits, i.max, i.min, i.dtype
    yield repr(torch.finfo())
    yield attempt(lambda: torch.finfo(torch.int32)), attempt(lambda: torch.iinfo(torch.float32))
