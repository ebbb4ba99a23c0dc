# Files of params looked through before Snakemake reads them: it would run what one asks it to run.
from ecnet import machine
from ecnet.config import params_file

if not Path("params.yaml").exists():
    sys.exit(
        f"params.yaml: is not in {Path.cwd()}; run in the folder of the Snakefile, add "
        f"--directory {Path(workflow.basedir).resolve()}, or copy its params.yaml here"
    )
with machine.in_words():
    for given in (Path("params.yaml"), *workflow.config_settings.configfiles):
        params_file.read(given)
