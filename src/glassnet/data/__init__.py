"""Data: the named sets, readers of files, tables, splits, scaling and encoding."""

from glassnet.data.catalog import dataset_names, describe_dataset, load_dataset
from glassnet.data.checks import NonFinite, find_nonfinite, require_finite
from glassnet.data.dataset import Dataset
from glassnet.data.download import cache_folder
from glassnet.data.encoding import OneHotEncoder
from glassnet.data.readers import dataset_of, read_data, read_features, read_table
from glassnet.data.scaling import column_scaling, weighted_quantile
from glassnet.data.splits import k_fold, split_indices, train_test_split
from glassnet.data.table import Table

__all__ = [
    "Dataset",
    "NonFinite",
    "OneHotEncoder",
    "Table",
    "cache_folder",
    "column_scaling",
    "dataset_names",
    "dataset_of",
    "describe_dataset",
    "find_nonfinite",
    "k_fold",
    "load_dataset",
    "read_data",
    "read_features",
    "read_table",
    "require_finite",
    "split_indices",
    "train_test_split",
    "weighted_quantile",
]
