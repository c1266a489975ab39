"""`torch.hub`: not here."""

from .absent import absent

__getattr__ = absent(
    __name__,
    "it downloads nothing",
    "download_url_to_file get_dir help list load load_state_dict_from_url set_dir",
)
