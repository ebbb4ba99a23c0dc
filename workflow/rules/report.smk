REPORT = "results/report.html"
CAPTIONS, PAGE_FILES = (
    sorted(own(str(path.relative_to(HOME))) for path in HOME.glob(names))
    for names in ("workflow/report/*.rst", "src/ecnet/report/page/*")
)
# What is made on request is in the report if it was made.
SHOWN = [
    result.files[0]
    for result in catalogue.all_of(PLAN.datasets)
    if result.target not in catalogue.ON_REQUEST or Path(result.files[0]).exists()
]


rule report:
    input:
        shown=SHOWN,
        captions=CAPTIONS,
        claims=CLAIMS,
        provenance=PROVENANCE,
        page=PAGE_FILES,
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
        " --claims {input.claims:q} --provenance {input.provenance:q} --output {output:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"
