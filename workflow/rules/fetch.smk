rule fetch:
    input:
        lambda w: ancient(PLAN.sampled_before(w.dataset, w.file)),
    output:
        raw=raw_file(paths.RAW),
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


# A .tar.gz is read from start to end: one job unpacks all files that are wanted of it, so that all
# are there at once.
for archived in PLAN.coming_from("mirror"):
    for number, (archive, held) in enumerate(PLAN.archives(archived).items()):

        rule:
            name:
                f"unpack_{archived}_{number}"
            output:
                raw=raw_file(expand(paths.RAW, file=held, allow_missing=True)),
                provenance=expand(paths.PROVENANCE, file=held, allow_missing=True),
            log:
                f"logs/unpack/{{dataset}}.{number}.log",
            wildcard_constraints:
                dataset=archived,
            conda:
                "../envs/ecnet.yaml"
            threads: 1
            resources:
                mem_mb=500,
            params:
                # As above.
                archive=lambda w, input, archive=archive: archive,
                origins=lambda w, input, held=held: [PLAN.origin(w.dataset, f) for f in held],
                limits=lambda w, input: PLAN.limits(),
                settings=[PLAN.fetch_settings(archived, file) for file in held],
                code=PLAN.code("fetch.fetch"),
            message:
                f"{{wildcards.dataset}}: unpacking {len(held)} files of {archive.name}"
            shell:
                "ecnet unpack --archive {params.archive:q} --outputs {output.raw:q}"
                " --provenance {output.provenance:q} --origins {params.origins:q}"
                " --limits {params.limits:q} --settings {params.settings:q} > {log:q} 2>&1"

        workflow.ruleorder(f"unpack_{archived}_{number}", "fetch")
