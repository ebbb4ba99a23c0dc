REPORT = "results/report.html"
CAPTIONS, TEMPLATES = (
    sorted(
        own(str(path.relative_to(workflow.basedir))) for path in Path(workflow.basedir).glob(names)
    )
    for names in ("workflow/report/*.md", "src/ecnet/report/*.[cj]*")
)
SHOWN = [
    file
    for file in [*TABLES, *JUDGED, *COMPARISONS, *FIGURES, *AUDIT]
    if file.endswith((".md", ".svg", "tables/claims.csv"))
]


rule report:
    input:
        shown=SHOWN,
        captions=CAPTIONS,
        provenance=PROVENANCE,
        templates=TEMPLATES,
    output:
        REPORT,
    log:
        "logs/report.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=500,
    params:
        settings=PLAN.report_settings(),
        code=PLAN.code("report.report"),
    message:
        "The report"
    shell:
        "ecnet report --shown {input.shown:q} --captions {input.captions:q}"
        " --provenance {input.provenance:q} --output {output:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"
