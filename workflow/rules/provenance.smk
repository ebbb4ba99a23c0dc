PROVENANCE = "results/provenance.json"
RIVAL_PROVENANCE = f"{catalogue.RIVALS}/provenance.json"


rule provenance:
    input:
        counts=PLAN.counts,
        lock=own("requirements.lock"),
    output:
        PROVENANCE,
    log:
        "logs/provenance.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=500,
    params:
        settings=PLAN.provenance_settings(),
        code=PLAN.code("provenance.manifest"),
    message:
        "What the results were made of"
    shell:
        "ecnet provenance --counts {input.counts:q} --lock {input.lock:q} --output {output:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"


use rule provenance as rival_provenance with:
    input:
        counts=[*PLAN.counts, *PLAN.placed_counts],
        lock=own("requirements.lock"),
    output:
        RIVAL_PROVENANCE,
    log:
        "logs/rival_provenance.log",


# Beside each table a file that leads from its cells to models, data and seeds. One rule for the
# tables of the default protocol, one for those that compare others with it.
TRACES = {
    target: [
        f"{catalogue.JOBS[result.job].folder}/{result.name}.provenance.json"
        for result in catalogue.RESULTS
        if result.traced and result.target == target
    ]
    for target in ("results/tables", "results/protocols", catalogue.RIVALS)
}

for rule_name, target, metrics, whole in (
    ("trace", "results/tables", METRICS, PROVENANCE),
    ("trace_protocols", "results/protocols", COMPARED, PROVENANCE),
    ("trace_rivals", catalogue.RIVALS, PLAN.all_rival_metrics, RIVAL_PROVENANCE),
):

    rule:
        name:
            rule_name
        input:
            models=PLAN.models(metrics),
            provenance=whole,
        output:
            TRACES[target],
        log:
            f"logs/{rule_name}.log",
        conda:
            "../envs/ecnet.yaml"
        threads: 1
        resources:
            mem_mb=500,
        params:
            folder=subpath(output[0], parent=True),
            settings=PLAN.trace_settings(target),
            code=PLAN.code("provenance.lineage"),
        message:
            "What the cells of the tables were made of"
        shell:
            "ecnet trace --models {input.models:q} --provenance {input.provenance:q}"
            " --folder {params.folder:q} --settings {params.settings:q} > {log:q} 2>&1"
