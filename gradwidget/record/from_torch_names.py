"""What PyTorch's functions are called in a trace: as the tensor core calls them."""

from __future__ import annotations

from typing import Any

# Attributes that are ops
VIEWED = frozenset({"data", "T", "mT", "H", "mH", "real", "imag"})

NAMES = {
    "T": "permute",
    "mT": "transpose",
    "__getitem__": "index",
    "__setitem__": "copy_",
    "__eq__": "eq",
    "__and__": "bitwise_and",
    "__or__": "bitwise_or",
    "__xor__": "bitwise_xor",
    "__invert__": "bitwise_not",
    "true_divide": "div",
    "__floordiv__": "floor_divide",
    "cross_entropy_loss": "cross_entropy",
    "linalg_vector_norm": "norm",
    "chunk": "split",
    "unsafe_chunk": "split",
    "split_with_sizes": "split",
}

# What `matmul` is, by how many dimensions its two tensors have
PRODUCTS = {(1, 1): "dot", (2, 2): "mm", (2, 1): "mv"}

# Functions that say something of a tensor or steer PyTorch, and make no tensor of the program's
MUTE = frozenset(
    [
        "__repr__",
        "__format__",
        "__dir__",
        "__hash__",
        "__len__",
        "__reduce_ex__",
        "__reduce__",
        "__setstate__",
        "__deepcopy__",
        "__bool__",
        "__float__",
        "__int__",
        "__index__",
        "__complex__",
        "__contains__",
        "__array__",
        "__dlpack__",
        "__dlpack_device__",
        "register_post_accumulate_grad_hook",
        "item",
        "tolist",
        "numpy",
        "dim",
        "ndimension",
        "size",
        "stride",
        "numel",
        "nelement",
        "storage_offset",
        "data_ptr",
        "untyped_storage",
        "storage",
        "_typed_storage",
        "is_contiguous",
        "element_size",
        "is_floating_point",
        "is_complex",
        "is_same_size",
        "is_set_to",
        "equal",
        "allclose",
        "is_tensor",
        "get_device",
        "has_names",
        "is_nonzero",
        "result_type",
        "can_cast",
        "_set_grad_enabled",
        "_is_view",
        "is_inference",
        "is_pinned",
        "is_shared",
        "share_memory_",
        "_make_subclass",
        "_make_wrapper_subclass",
        "as_subclass",
        "is_storage",
        "typename",
        "is_distributed",
        "nbytes",
        "module_load",
        "_backward_hooks",
        "__len__",
        "_is_all_true",
        "broadcast_shapes",
        "set_default_device",
        "get_default_device",
        "_assert",
        "is_neg",
        "is_conj",
    ]
)


def item_name(index: Any) -> str:
    """What an indexing is, where it is one thing.

    >>> item_name(0), item_name(slice(1, None)), item_name((0, 1))
    ('select', 'slice', 'index')
    """
    if isinstance(index, tuple):
        kept = [i for i in index if i is not Ellipsis and not (isinstance(i, slice) and i == slice(None))]
        index = kept[0] if len(kept) == 1 else index
    if index is None:
        return "unsqueeze"
    if isinstance(index, slice):
        return "slice"
    return "select" if isinstance(index, int) and not isinstance(index, bool) else "index"


def written_name(name: str) -> str:
    """
    >>> written_name("__iadd__"), written_name("__mul__"), written_name("mul.Tensor")
    ('add_', 'mul', 'mul')
    """
    name = name.partition(".")[0] or name
    if name in NAMES:
        return NAMES[name]
    if name.startswith("__") and name.endswith("__"):
        name = name.strip("_")
        bitwise = {"iand": "bitwise_and_", "ior": "bitwise_or_", "ixor": "bitwise_xor_"}
        return bitwise.get(name) or (name[1:] + "_" if name in ("iadd", "isub", "imul", "idiv", "ipow") else name)
    return name
