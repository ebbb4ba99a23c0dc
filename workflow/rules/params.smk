# Files of params looked through before Snakemake reads them: it would run what one asks it to run.
from ecnet import params_file
from ecnet.errors import InputError

try:
    for given in (Path("params.yaml"), *workflow.config_settings.configfiles):
        params_file.read(given)
except InputError as error:
    sys.exit(str(error))
