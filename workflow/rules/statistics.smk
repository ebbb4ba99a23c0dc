STATISTICS = "results/statistics.json"
FIGURES += expand("results/figures/critical_difference.{format}", format=GRAPHICS)


rule statistics:
    input:
        [file for file in METRICS if Path(file).stem in PLAN.default_variants],
    output:
        STATISTICS,
    log:
        "logs/statistics.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        settings=PLAN.statistics_settings(),
        code=PLAN.code("claims.statistics"),
    message:
        "Intervals, tests and ranks"
    shell:
        "ecnet statistics --metrics {input:q} --output {output:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"


rule significance:
    input:
        STATISTICS,
    output:
        expand("results/tables/{name}.{format}", name=("significance", "variance"), format=FORMATS),
    log:
        "logs/render/significance.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=500,
    params:
        settings=PLAN.verdict_settings(),
        code=PLAN.code("render.significance"),
    message:
        "The tables of comparisons and variance"
    shell:
        "ecnet significance --statistics {input:q} --folder results/tables"
        " --settings {params.settings:q} > {log:q} 2>&1"


rule ranks:
    input:
        STATISTICS,
    output:
        expand("results/figures/critical_difference.{format}", format=GRAPHICS),
    log:
        "logs/render/ranks.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        settings=PLAN.ranks_settings(),
        code=PLAN.code("render.ranks"),
    message:
        "The critical-difference diagram"
    shell:
        "ecnet ranks --statistics {input:q} --folder results/figures"
        " --settings {params.settings:q} > {log:q} 2>&1"
