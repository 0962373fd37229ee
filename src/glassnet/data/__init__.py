"""Data: the named sets, readers of files, tables, splits, scaling and encoding."""

from glassnet.data.catalog import dataset_names, describe_dataset, load_dataset
from glassnet.data.dataset import Dataset
from glassnet.data.encoding import OneHotEncoder
from glassnet.data.splits import k_fold, split_indices, train_test_split
from glassnet.data.table import Table

__all__ = [
    "Dataset",
    "OneHotEncoder",
    "Table",
    "dataset_names",
    "describe_dataset",
    "k_fold",
    "load_dataset",
    "split_indices",
    "train_test_split",
]
