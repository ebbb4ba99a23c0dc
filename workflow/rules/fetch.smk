rule fetch:
    output:
        raw=paths.RAW,
        provenance=paths.PROVENANCE,
    log:
        "logs/fetch/{dataset}/{file}.log",
    wildcard_constraints:
        dataset=plan.one_of(PLAN.coming_from("mirror", "official")),
        file=plan.one_of(PLAN.raw_files("mirror", "official")),
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=500,
    params:
        # Snakemake does not remember a param that depends on `input`: a mirror that has moved
        # holds the same files, and nothing is to be fetched anew; nor for a limit that is raised.
        origin=lambda w, input: PLAN.origin(w.dataset, w.file),
        limits=lambda w, input: PLAN.limits(),
        settings=lambda w: PLAN.fetch_settings(w.dataset, w.file),
        code=PLAN.code("fetch.fetch"),
    message:
        "{wildcards.dataset}: fetching {wildcards.file}"
    shell:
        "ecnet fetch --output {output.raw:q} --provenance {output.provenance:q}"
        " --origin {params.origin:q} --limits {params.limits:q} --settings {params.settings:q} > {log:q} 2>&1"
