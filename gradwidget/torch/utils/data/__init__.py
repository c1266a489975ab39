"""Data sets, samplers, and the loader that makes batches of them: `torch.utils.data`."""

from ...late import names_of

FILES = {
    "dataloader": "DataLoader _DatasetKind default_collate default_convert get_worker_info",
    "dataset": "ChainDataset ConcatDataset Dataset IterableDataset StackDataset Subset TensorDataset random_split",
    "distributed": "DistributedSampler",
    "sampler": "BatchSampler RandomSampler Sampler SequentialSampler SubsetRandomSampler WeightedRandomSampler",
}

__getattr__, __all__ = names_of(globals(), FILES)
