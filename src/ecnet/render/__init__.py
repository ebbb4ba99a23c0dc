"""Render: tables and figures, from result files alone and byte by byte the same each time.

`ecnet.render.figures` is not imported here, so that a table does without matplotlib.
"""

from ecnet.render.counts import label_counts
from ecnet.render.measures import calibration, false_alarms
from ecnet.render.overview import datasets
from ecnet.render.per_class import per_class
from ecnet.render.results import tables

__all__ = ["calibration", "datasets", "false_alarms", "label_counts", "per_class", "tables"]
