AUDIT_FORMATS = ("html", "csv", "md", "json")
AUDIT_REPORTS = expand("results/audit/{dataset}.json", dataset=PLAN.datasets)
AUDIT = expand("results/audit/{dataset}.{format}", dataset=PLAN.datasets, format=AUDIT_FORMATS)


rule audit:
    input:
        sample=paths.SAMPLE,
        counts=paths.COUNTS,
    output:
        report(
            "results/audit/{dataset}.html",
            caption="../report/audit_dataset.rst",
            category="Audits of the datasets",
            labels={"result": "Audit: {dataset}"},
        ),
        expand("results/audit/{{dataset}}.{format}", format=AUDIT_FORMATS[1:]),
    log:
        "logs/audit/{dataset}.log",
    wildcard_constraints:
        dataset=plan.one_of(PLAN.datasets),
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        **resources.of("audit"),
    params:
        stem=lambda w: f"results/audit/{w.dataset}",
        settings=lambda w: PLAN.audit_settings(w.dataset),
        code=lambda w: PLAN.code("audit.dataset", dataset=w.dataset),
    message:
        "{wildcards.dataset}: auditing the sample"
    shell:
        "ecnet audit-dataset --sample {input.sample:q} --counts {input.counts:q}"
        " --output {params.stem:q} --settings {params.settings:q} > {log:q} 2>&1"
