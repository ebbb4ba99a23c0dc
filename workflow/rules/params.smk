# Files of params looked through before Snakemake reads them: it would run what one asks it to run.
from ecnet import machine, params_file

with machine.in_words():
    for given in (Path("params.yaml"), *workflow.config_settings.configfiles):
        params_file.read(given)
