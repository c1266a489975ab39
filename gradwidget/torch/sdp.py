"""Which ways of computing attention are allowed: all, unless `torch.nn.attention.sdpa_kernel` says otherwise."""

allowed = {"cudnn": True, "flash": True, "mem_efficient": True, "math": True, "overrideable": True}
