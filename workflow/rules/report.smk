REPORT = "results/report.html"
SHOWN = [
    file
    for file in [*TABLES, *JUDGED, *COMPARISONS, *FIGURES, *AUDIT]
    if file.endswith((".md", ".svg", "/claims.csv"))
]


rule report:
    input:
        shown=SHOWN,
        captions=sorted(map(str, Path(workflow.basedir).glob("workflow/report/*.md"))),
        provenance=PROVENANCE,
        templates=sorted(map(str, Path(SOURCE).glob("ecnet/report/*.[cj]*"))),
    output:
        REPORT,
    log:
        "logs/report.log",
    benchmark:
        "benchmarks/report.tsv"
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=500,
    params:
        settings=PLAN.report_settings(),
        code=PLAN.code("report"),
    message:
        "The report"
    shell:
        "ecnet report --shown {input.shown:q} --captions {input.captions:q}"
        " --provenance {input.provenance:q} --output {output:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"
