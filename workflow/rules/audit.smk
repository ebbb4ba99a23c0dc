AUDIT_FORMATS = ("csv", "md", "json")
AUDIT_REPORTS = expand("results/audit/{dataset}.json", dataset=PLAN.datasets)
AUDIT_TABLE = expand("results/audit/audit.{format}", format=FORMATS)
AUDIT_FIGURE = expand("results/audit/audit.{format}", format=GRAPHICS)
AUDIT = [
    *expand("results/audit/{dataset}.{format}", dataset=PLAN.datasets, format=AUDIT_FORMATS),
    *AUDIT_TABLE,
    *AUDIT_FIGURE,
]


rule audit:
    input:
        sample="data/sampled/{dataset}.parquet",
        counts="data/sampled/{dataset}.json",
    output:
        expand("results/audit/{{dataset}}.{format}", format=AUDIT_FORMATS),
    log:
        "logs/audit/{dataset}.log",
    wildcard_constraints:
        dataset=plan.one_of(PLAN.datasets),
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=lambda w, input: 500 + 20 * int(input.size_mb),
    params:
        stem=lambda w: f"results/audit/{w.dataset}",
        settings=lambda w: PLAN.audit_settings(w.dataset),
        code=lambda w: PLAN.code("audit.dataset", dataset=w.dataset),
    message:
        "{wildcards.dataset}: auditing the sample"
    shell:
        "ecnet audit-dataset --sample {input.sample:q} --counts {input.counts:q}"
        " --output {params.stem:q} --settings {params.settings:q} > {log:q} 2>&1"


rule audit_table:
    input:
        AUDIT_REPORTS,
    output:
        AUDIT_TABLE,
    log:
        "logs/render/audit_table.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        settings=PLAN.table_settings(),
        code=PLAN.code("render.audits"),
    message:
        "The audits of all datasets, as a table"
    shell:
        "ecnet audit-table --audits {input:q} --folder results/audit"
        " --settings {params.settings:q} > {log:q} 2>&1"


rule audit_figure:
    input:
        AUDIT_REPORTS,
    output:
        AUDIT_FIGURE,
    log:
        "logs/render/audit_figure.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        settings=PLAN.figure_settings(),
        code=PLAN.code("render.audit_figure"),
    message:
        "The audits of all datasets, as a figure"
    shell:
        "ecnet audit-figure --audits {input:q} --folder results/audit"
        " --settings {params.settings:q} > {log:q} 2>&1"
