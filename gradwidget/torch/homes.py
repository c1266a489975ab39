"""Which file holds what `torch` shows besides ops: imported when somebody uses it."""

from __future__ import annotations

FILES = {
    "amp": "autocast",
    "autocasting": "clear_autocast_cache get_autocast_cpu_dtype get_autocast_dtype is_autocast_cache_enabled is_autocast_cpu_enabled "
    "is_autocast_enabled set_autocast_cache_enabled set_autocast_cpu_dtype set_autocast_cpu_enabled set_autocast_dtype set_autocast_enabled",
    "dtypes": "bfloat16 chalf complex32",
    "layouts": "jagged layout sparse_bsc sparse_bsr sparse_coo sparse_csc sparse_csr",
    "removed": "eig lstsq matrix_rank solve symeig",
    "serialization": "load save",
    "settings": "are_deterministic_algorithms_enabled compile get_default_device get_deterministic_debug_mode get_device_module "
    "get_float32_matmul_precision get_num_interop_threads get_num_threads "
    "is_deterministic_algorithms_warn_only_enabled is_storage is_warn_always_enabled set_default_device set_default_tensor_type "
    "set_deterministic_debug_mode set_float32_matmul_precision set_flush_denormal set_num_interop_threads set_num_threads "
    "set_warn_always typename use_deterministic_algorithms",
    "storage": "TypedStorage UntypedStorage",
    "storages": "BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage ComplexFloatStorage DoubleStorage FloatStorage HalfStorage "
    "IntStorage LongStorage ShortStorage",
}
HOMES = {name: file for file, names in FILES.items() for name in names.split()}
