# From metrics to a verdict on each claim of the paper, and the comparison of protocols.
METRICS = PLAN.shown_metrics()
COMPARED = sorted({file for at in layout.COMPARISONS for file in PLAN.compared_metrics(at)})
COUNTS = expand(paths.COUNTS, dataset=PLAN.datasets)
STATISTICS = "results/statistics.json"
PROTOCOLS = "results/protocols.json"
CLAIMS = "results/claims.json"
PAPERS = [own(path) for path in PLAN.papers]
RIVAL_STATISTICS = "results/rivals/statistics.json"
RIVAL_CLAIMS = "results/rivals/claims.json"
RIVAL_PAPERS = [own(path) for path in PLAN.rival_papers]


rule statistics:
    input:
        metrics=[file for file in METRICS if Path(file).stem in PLAN.default_variants],
        covariances=PLAN.covariances(METRICS),
        papers=PAPERS,
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
        "ecnet statistics --metrics {input.metrics:q} --covariances {input.covariances:q}"
        " --papers {input.papers:q} --output {output:q} --settings {params.settings:q} > {log:q} 2>&1"


rule protocols:
    input:
        metrics=COMPARED,
        audits=PLAN.audits,  # which decide where a protocol applies
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
        "ecnet protocols --metrics {input.metrics:q} --output {output:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"


rule claims:
    input:
        statistics=STATISTICS,
        counts=COUNTS,
        transfers=PLAN.transferred,
        papers=PAPERS,
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
        " --transfers {input.transfers:q}"
        " --papers {input.papers:q} --output {output:q} --settings {params.settings:q} > {log:q} 2>&1"


# Other systems: the same steps, on the variants that only their tables show.
use rule statistics as rival_statistics with:
    input:
        metrics=PLAN.judged_rival_metrics,
        covariances=PLAN.rival_covariances,
        papers=RIVAL_PAPERS,
    output:
        RIVAL_STATISTICS,
    log:
        "logs/rival_statistics.log",
    params:
        settings=PLAN.rival_statistics_settings(),
        code=PLAN.code("claims.statistics"),


use rule claims as rival_claims with:
    input:
        statistics=RIVAL_STATISTICS,
        counts=[],
        transfers=[],
        papers=RIVAL_PAPERS,
    output:
        RIVAL_CLAIMS,
    log:
        "logs/rival_claims.log",
