CLAIMS = "results/claims.json"
JUDGED = expand(
    "results/tables/{name}.{format}",
    name=("significance", "variance", "claims"),
    format=FORMATS,
)


rule claims:
    input:
        statistics=STATISTICS,
        counts=COUNTS,
    output:
        CLAIMS,
    log:
        "logs/claims.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=500,
    params:
        settings=PLAN.claims_settings(),
        code=PLAN.code("claims.claims"),
    message:
        "A verdict on each claim of the paper"
    shell:
        "ecnet claims --statistics {input.statistics:q} --counts {input.counts:q}"
        " --output {output:q} --settings {params.settings:q} > {log:q} 2>&1"


rule claims_table:
    input:
        CLAIMS,
    output:
        expand("results/tables/claims.{format}", format=FORMATS),
    log:
        "logs/render/claims.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=500,
    params:
        settings=PLAN.verdict_settings(),
        code=PLAN.code("render.claims"),
    message:
        "The table of claims"
    shell:
        "ecnet claims-table --claims {input:q} --folder results/tables"
        " --settings {params.settings:q} > {log:q} 2>&1"
