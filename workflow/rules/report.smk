REPORT = "results/report.html"
# What the page shows: all that a run of all makes and that is made to be read. What it shows besides
# these, where it is made, belongs here.
SHOWN = [
    *(file for file in TABLES if file.endswith((".md", "claims.csv"))),
    *(file for file in FIGURES if file.endswith(".svg")),
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
