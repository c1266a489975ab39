"""What a program may set and ask, on a machine without any GPU."""

import importlib
import warnings

from twin import attempt


def devices_and_dtypes(torch):
    """Where new tensors are made, and of which dtype."""
    yield torch.get_default_device(), attempt(lambda: torch.set_default_device("no such"))
    torch.set_default_device("cpu")
    yield torch.ones(2), torch.get_default_device()
    torch.set_default_device(None)
    with torch.device("cpu") as device:
        yield device, torch.zeros(2), torch.get_default_device()

    for name in (
        "torch.DoubleTensor",
        torch.HalfTensor,
        torch.FloatTensor,
        torch.LongTensor,
        "torch.FooTensor",
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch warns once in a program's life
            yield attempt(lambda: torch.set_default_tensor_type(name)), torch.get_default_dtype(), torch.tensor(1.5)
        torch.set_default_dtype(torch.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield attempt(lambda: torch.set_default_tensor_type("torch.cuda.FloatTensor"))
    torch.set_default_dtype(torch.float32)


def numbers_of_threads(torch):
    """Threads, precision, determinism."""
    was = torch.get_num_threads()
    torch.set_num_threads(1)
    yield (
        torch.get_num_threads(),
        attempt(lambda: torch.set_num_threads(0)),
        attempt(lambda: torch.set_num_threads("a")),
    )
    torch.set_num_threads(was)
    yield attempt(lambda: torch.set_num_interop_threads(0)), attempt(lambda: torch.set_num_threads(1.5))
    yield torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    yield torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    yield torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    for mode in (0, 1, "error", "default", 2, "no such", 5):
        yield attempt(lambda: torch.set_deterministic_debug_mode(mode)), torch.get_deterministic_debug_mode()
        yield torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    yield torch.get_deterministic_debug_mode(), attempt(lambda: torch.use_deterministic_algorithms(1))
    torch.use_deterministic_algorithms(False)
    yield torch.is_warn_always_enabled()


def probes(torch):
    """Is there a GPU? How many? How full?"""
    cuda = torch.cuda
    yield (
        cuda.is_available(),
        cuda.device_count(),
        cuda.is_initialized(),
        cuda.memory_allocated(),
        cuda.max_memory_allocated(),
    )
    yield cuda.memory_reserved(), cuda.empty_cache(), cuda.manual_seed(1), cuda.manual_seed_all(1), cuda.get_arch_list()
    yield cuda.is_bf16_supported(), cuda.get_rng_state_all(), cuda.memory_stats(), cuda.seed_all()
    yield (
        torch.mps.is_available(),
        torch.backends.mps.is_available(),
        torch.backends.mps.is_built(),
        torch.mps.device_count(),
    )
    yield attempt(torch.mps.empty_cache), attempt(torch.mps.synchronize), attempt(torch.mps.current_allocated_memory)
    yield torch.xpu.is_available(), torch.xpu.device_count(), torch.xpu.empty_cache(), attempt(torch.xpu.synchronize)
    yield torch.accelerator.is_available(), torch.accelerator.current_accelerator(), torch.accelerator.device_count()
    yield torch.cpu.is_available(), torch.cpu.device_count(), torch.cpu.current_device(), torch.cpu.synchronize()
    cudnn = torch.backends.cudnn
    yield cudnn.enabled, cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32, cudnn.is_available(), cudnn.version()
    cudnn.benchmark, cudnn.deterministic = True, True
    yield cudnn.benchmark, cudnn.deterministic
    cudnn.benchmark, cudnn.deterministic = False, False
    with cudnn.flags(enabled=False):
        yield cudnn.enabled
    yield cudnn.enabled, torch.backends.cuda.is_built(), torch.backends.cuda.matmul.allow_tf32
    yield (
        torch.compiler.is_compiling(),
        torch.jit.is_scripting(),
        torch.jit.is_tracing(),
        torch.distributed.is_initialized(),
    )
    yield torch.version.cuda, torch.version.hip, torch.version.debug
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    yield device, torch.ones(1, device=device), torch.ones(1).to(device)


def half_precision_switched_off(torch):
    """autocast and GradScaler as they are where there is no GPU."""
    net = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for scaler in (
        torch.amp.GradScaler("cuda"),
        torch.amp.GradScaler("cpu", enabled=False),
        torch.cuda.amp.GradScaler(),
    ):
        for context in (torch.autocast("cuda"), torch.amp.autocast("cpu", enabled=False), torch.cuda.amp.autocast()):
            optimizer.zero_grad()
            with context:
                loss = net(torch.ones(3, 2)).sum()
            yield loss, loss.dtype
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            yield scaler.step(optimizer), scaler.update(), net.weight.detach()
        yield scaler.is_enabled(), scaler.get_scale(), scaler.state_dict(), str(type(scaler))

    @torch.autocast("cpu", enabled=False)
    def forward(x):
        return x @ x

    yield (
        forward(torch.ones(2, 2)),
        forward.__name__,
        attempt(lambda: torch.autocast(5)),
        attempt(lambda: torch.autocast("foo")),
    )
    yield torch.autocast("cpu", dtype=torch.float32) is not None


def names(torch):
    """What things are called."""
    for thing in (
        torch.ones(1),
        torch.ones(1, dtype=torch.int64),
        torch.nn.Linear(1, 1),
        torch.nn.Linear,
        1,
        "a",
        print,
        [1],
    ):
        yield torch.typename(thing)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield torch.is_storage(torch.ones(1).untyped_storage()), torch.is_storage(1)
    types = importlib.import_module(f"{torch.__name__}.types")
    yield isinstance(1.5, types.Number), isinstance("cpu", types.Device), isinstance(torch.device("cpu"), types.Device)
    processes = importlib.import_module(f"{torch.__name__}.multiprocessing")
    yield processes.get_sharing_strategy(), processes.current_process().name


def identities(torch):
    """What marks functions for a compiler hands them through."""

    def f(x):
        return x

    yield torch.compiler.disable(f)(1), torch.jit.ignore(f)(1), torch.jit.export(f)(1), torch.compiler.disable()(f)(2)


def versions(torch):
    """Versions are compared as such."""
    Version = type(torch.__version__)
    for own in ("2.13.0+cpu", "2.13.0"):
        for other in (
            "2.2",
            "2.13.0",
            "2.13",
            "2.14.0.dev",
            "2.13.0+cpu",
            "2.13.0+abc",
            (2, 13),
            (2, 13, 0),
            "abc",
            "2.13.0a0",
        ):
            v = Version(own)
            yield attempt(lambda: (v < other, v <= other, v > other, v >= other, v == other)), v != str(other)


def bfloat16(torch):
    """A dtype that can be named and asked about."""
    b = torch.bfloat16
    yield b, b.itemsize, b.is_floating_point, b.is_complex, b.is_signed, torch.finfo(b), torch.finfo(b).bits
    for name in ("bool", "uint8", "int64", "float16", "float32", "float64", "complex64", "bfloat16"):
        yield torch.promote_types(b, getattr(torch, name)), torch.promote_types(getattr(torch, name), b)
    dtype = torch.bfloat16 if torch.cuda.is_available() and torch.cuda.is_bf16_supported() else torch.float32
    yield torch.ones(2, dtype=dtype), b == torch.float16, b.to_complex(), {b: 1}[torch.bfloat16]
