"""Where the files of a run are.

Each pattern is what a rule of Snakemake names, and what `str.format` fills in elsewhere. `protocol`
is empty for the default protocol, and another one's name after a dot: `iot-23.random`.
"""

RAW = "data/raw/{dataset}/{file}"
PROVENANCE = "data/provenance/{dataset}/{file}.json"
"""Where a raw file comes from."""
ARCHIVE = "data/provenance/.{version}.files.json"
"""The files in a .tar.gz of a mirror; its version is the digest of its path, size and time."""

SHARD = "data/sampled/{dataset}/{file}.parquet"
SHARD_COUNTS = "data/sampled/{dataset}/{file}.json"
SHARD_REJECTED = "data/sampled/{dataset}/{file}.rejected.csv"
SAMPLE = "data/sampled/{dataset}.parquet"
COUNTS = "data/sampled/{dataset}.json"
"""How many records of which classes a sample holds, and of which files."""
REJECTED = "data/sampled/{dataset}.rejected.csv"

AUDIT = "results/audit/{dataset}.json"

ASSIGNMENT = "data/split/{dataset}{protocol}.parquet"
"""Which record of the sample is in which subset, for each seed."""
SPLIT = "data/split/{dataset}{protocol}.json"
"""The features, and the audit of each seed's split."""

ENCODER = "data/encoded/{dataset}{protocol}/encoder.json"
FIT = "data/encoded/{dataset}{protocol}/fit.safetensors"
"""The records that a model is fitted on: train and validation of all seeds."""
TEST = "data/encoded/{dataset}{protocol}/test.safetensors"

MODEL = "results/models/{task}/{dataset}{protocol}/{variant}/model.json"
WEIGHTS = "results/models/{task}/{dataset}{protocol}/{variant}/weights.safetensors"
HISTORY = "results/training/{task}/{dataset}{protocol}/{variant}.csv"
PREDICTIONS = "results/predictions/{task}/{dataset}{protocol}/{variant}.parquet"
METRICS = "results/metrics/{task}/{dataset}{protocol}/{variant}.json"
CONFUSION = "results/confusion/{task}/{dataset}{protocol}/{variant}.csv"
SCORES = "results/scores/{task}/{dataset}{protocol}.json"
"""What the tables show of each variant, for DVC to compare."""
COVARIANCE = "results/covariance/{task}/{dataset}{protocol}.json"
"""How the scores of the variants vary together with the test records that are drawn."""

TRANSFER = "results/transfer/{task}/{dataset}.{groups}.json"
"""How models do on networks, captures or attacks that they were not trained on."""

DEVICES = "results/devices/{task}/{dataset}.json"
"""What models take of an emulated microcontroller."""

STUDIES = "results/protocol_check/studies/{dataset}-{records}.json"
"""What small studies of simulated records find, of which the true differences are known."""

TUNING_TABLE = "results/tuning/{variant}.csv"
TUNING = "results/tuning/{variant}.json"
