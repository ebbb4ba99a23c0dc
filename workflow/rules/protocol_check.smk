# No result needs what follows: it measures how far intervals and verdicts can be trusted.
CHECK = [
    f"results/protocol_check/{name}"
    for name in (
        *(
            f"{table}.{suffix}"
            for table in ("coverage", "verdicts")
            for suffix in ("csv", "html", "md", "tex")
        ),
        *(f"check.{suffix}" for suffix in ("svg", "pdf", "png")),
    )
]


rule check_studies:
    output:
        paths.STUDIES,
    log:
        "logs/check_studies/{dataset}-{records}.log",
    wildcard_constraints:
        dataset=plan.one_of(PLAN.params["protocol_check"]["datasets"]),
        records=plan.one_of(PLAN.params["protocol_check"]["studies"]),
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        **resources.of("check_studies"),
    params:
        settings=lambda w: PLAN.studies_settings(w.dataset, w.records),
        code=lambda w: [
            PLAN.code("claims.protocol_check.studies", dataset=w.dataset),
            PLAN.code("simulate.raw_file", dataset=w.dataset),
        ],
    message:
        "{wildcards.dataset}: small studies of {wildcards.records} simulated records"
    shell:
        "ecnet check-studies --output {output:q} --settings {params.settings:q} > {log:q} 2>&1"


rule protocol_check:
    input:
        PLAN.checked,
    output:
        CHECK,
    log:
        "logs/protocol_check.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=500,
    params:
        folder=subpath(output[0], parent=True),
        settings=PLAN.check_settings(),
        code=PLAN.code("render.protocol_check"),
    message:
        "How often intervals hold the truth, and how often verdicts are wrong"
    shell:
        "ecnet check-protocol --studies {input:q} --folder {params.folder:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"
