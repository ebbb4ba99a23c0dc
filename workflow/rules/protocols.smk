COMPARED = sorted({*PLAN.compared_metrics("inflation"), *PLAN.compared_metrics("interpretation")})
PROTOCOLS = "results/protocols.json"
COMPARISONS = expand(
    "results/tables/{name}.{format}", name=("inflation", "interpretation"), format=FORMATS
)


rule protocols:
    input:
        COMPARED,
    output:
        PROTOCOLS,
    log:
        "logs/protocols.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=500,
    params:
        settings=PLAN.protocols_settings(),
        code=PLAN.code("claims.protocols"),
    message:
        "What other protocols report"
    shell:
        "ecnet protocols --metrics {input:q} --output {output:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"


rule protocol_tables:
    input:
        PROTOCOLS,
    output:
        COMPARISONS,
    log:
        "logs/render/protocols.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=500,
    params:
        settings=PLAN.comparison_settings(),
        code=PLAN.code("render.protocols"),
    message:
        "The tables of inflation and interpretation"
    shell:
        "ecnet protocol-tables --found {input:q} --folder results/tables"
        " --settings {params.settings:q} > {log:q} 2>&1"
