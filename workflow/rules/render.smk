FORMATS = ("csv", "md", "tex")
GRAPHICS = ("svg", "pdf", "png")
# Figure 6 is of the binary task; the paper gives no numbers for it to compare with.
FIGURE_TASK = {"5": "multiclass", "6": "binary"}
FIGURE_VERSIONS = {"5": ("", "_compared"), "6": ("",)}


# What the tables of models are made of: their command, their task, and whose models they show.
ABOUT_MODELS = {
    "per_class": ("per-class", "multiclass", "table-6"),
    "calibration": ("calibration", "multiclass", "table-6"),
    "false_alarms": ("false-alarms", "binary", "figure-6"),
}
REPORTED = own("src/ecnet/claims/paper/reported_results.csv")
COUNTS = expand("data/sampled/{dataset}.json", dataset=PLAN.datasets)
AUDITS = expand(paths.SPLIT, dataset=PLAN.datasets, protocol="")
TABLES = [
    *expand(
        "results/tables/table_{number}{version}.{format}",
        number=(6, 7, 8),
        version=("", "_reported", "_compared"),
        format=FORMATS,
    ),
    *expand("results/tables/table_{number}.{format}", number=(1, 2, 3, 4, 5), format=FORMATS),
    *expand("results/tables/datasets.{format}", format=FORMATS),
    *expand("results/tables/{name}.{format}", name=ABOUT_MODELS, format=FORMATS),
]
METRICS = sorted(
    {
        *(file for number in (6, 7, 8) for file in PLAN.metrics(f"table-{number}", "multiclass")),
        *(
            file
            for number, task in FIGURE_TASK.items()
            for file in PLAN.metrics(f"figure-{number}", task)
        ),
    }
)
FIGURES = [
    f"results/figures/figure_{number}{version}.{format}"
    for number, versions in FIGURE_VERSIONS.items()
    for version in versions
    for format in GRAPHICS
]
FIGURES += expand(
    "results/figures/{name}.{format}",
    name=["reliability", *expand("confusion_{dataset}", dataset=PLAN.datasets)],
    format=GRAPHICS,
)


for number in ("6", "7", "8"):

    rule:
        name:
            f"table_{number}"
        input:
            metrics=PLAN.metrics(f"table-{number}", "multiclass"),
            audits=AUDITS,
            reported=REPORTED,
        output:
            expand(
                "results/tables/table_{number}{version}.{format}",
                number=number,
                version=("", "_reported", "_compared"),
                format=FORMATS,
            ),
        log:
            f"logs/render/table_{number}.log",
        conda:
            "../envs/ecnet.yaml"
        threads: 1
        resources:
            mem_mb=1000,
        params:
            number=number,
            settings=PLAN.table_settings(*PLAN.variants(f"table-{number}")),
            code=PLAN.code("render"),
        message:
            f"Table {number}: measured, reported, and side by side"
        shell:
            "ecnet tables --number {params.number:q} --metrics {input.metrics:q}"
            " --audits {input.audits:q} --folder results/tables"
            " --settings {params.settings:q} > {log:q} 2>&1"


for number in ("5", "6"):

    rule:
        name:
            f"figure_{number}"
        input:
            metrics=PLAN.metrics(f"figure-{number}", FIGURE_TASK[number]),
            reported=REPORTED,
        output:
            expand(
                "results/figures/figure_{number}{version}.{format}",
                number=number,
                version=FIGURE_VERSIONS[number],
                format=GRAPHICS,
            ),
        log:
            f"logs/render/figure_{number}.log",
        conda:
            "../envs/ecnet.yaml"
        threads: 1
        resources:
            mem_mb=1000,
        params:
            number=number,
            settings=PLAN.figure_settings(
                *PLAN.variants(f"figure-{number}"), task=FIGURE_TASK[number]
            ),
            code=PLAN.code("render.figures"),
        message:
            f"Figure {number}"
        shell:
            "ecnet figure --number {params.number:q} --metrics {input.metrics:q}"
            " --folder results/figures --settings {params.settings:q} > {log:q} 2>&1"


for name, (command, task, place) in ABOUT_MODELS.items():

    rule:
        name:
            name
        input:
            metrics=PLAN.metrics(place, task),
            audits=AUDITS,
        output:
            expand("results/tables/{name}.{format}", name=name, format=FORMATS),
        log:
            f"logs/render/{name}.log",
        conda:
            "../envs/ecnet.yaml"
        threads: 1
        resources:
            mem_mb=1000,
        params:
            command=command,
            settings=PLAN.table_settings(*PLAN.variants(place), task=task),
            code=PLAN.code("render"),
        message:
            f"The table {name}"
        shell:
            "ecnet {params.command:q} --metrics {input.metrics:q} --audits {input.audits:q}"
            " --folder results/tables --settings {params.settings:q} > {log:q} 2>&1"


rule reliability:
    input:
        metrics=PLAN.metrics("table-6", "multiclass"),
    output:
        expand("results/figures/reliability.{format}", format=GRAPHICS),
    log:
        "logs/render/reliability.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        settings=PLAN.figure_settings(*PLAN.variants("table-6")),
        code=PLAN.code("render.figures"),
    message:
        "The reliability diagrams"
    shell:
        "ecnet reliability --metrics {input.metrics:q} --folder results/figures"
        " --settings {params.settings:q} > {log:q} 2>&1"


rule confusion_matrices:
    input:
        metrics=lambda w: PLAN.metrics("table-6", "multiclass", w.dataset),
    output:
        expand("results/figures/confusion_{{dataset}}.{format}", format=GRAPHICS),
    log:
        "logs/render/confusion_{dataset}.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        settings=PLAN.figure_settings(*PLAN.variants("table-6")),
        code=PLAN.code("render.figures"),
    message:
        "{wildcards.dataset}: confusion matrices"
    shell:
        "ecnet confusion-matrices --dataset {wildcards.dataset:q} --metrics {input.metrics:q}"
        " --folder results/figures --settings {params.settings:q} > {log:q} 2>&1"


rule label_counts:
    input:
        COUNTS,
    output:
        expand("results/tables/table_{number}.{format}", number=(1, 2, 3, 4, 5), format=FORMATS),
    log:
        "logs/render/label_counts.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        settings=PLAN.table_settings(),
        code=PLAN.code("render"),
    message:
        "Tables 1-5: label counts beside the paper's"
    shell:
        "ecnet label-counts --counts {input:q} --folder results/tables"
        " --settings {params.settings:q} > {log:q} 2>&1"


rule datasets:
    input:
        counts=COUNTS,
        audits=AUDITS,
    output:
        expand("results/tables/datasets.{format}", format=FORMATS),
    log:
        "logs/render/datasets.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        settings=PLAN.table_settings(),
        code=PLAN.code("render"),
    message:
        "The table of datasets and audits"
    shell:
        "ecnet datasets --counts {input.counts:q} --audits {input.audits:q}"
        " --folder results/tables --settings {params.settings:q} > {log:q} 2>&1"
