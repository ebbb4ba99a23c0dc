"""Render: tables and figures, from result files alone and byte by byte the same each time."""

from ecnet.render.counts import label_counts
from ecnet.render.figures import figure
from ecnet.render.overview import datasets
from ecnet.render.results import tables

__all__ = ["datasets", "figure", "label_counts", "tables"]
