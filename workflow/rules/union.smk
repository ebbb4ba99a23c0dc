rule union:
    input:
        lambda w: expand("data/sampled/{dataset}.parquet", dataset=PLAN.found.unions[w.dataset]),
    output:
        sample="data/sampled/{dataset}.parquet",
        counts="data/sampled/{dataset}.json",
        rejected="data/sampled/{dataset}.rejected.csv",
    log:
        "logs/union/{dataset}.log",
    wildcard_constraints:
        dataset=plan.one_of(PLAN.found.unions),
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=2000,
    params:
        settings=lambda w: PLAN.union_settings(w.dataset),
        code=lambda w: PLAN.code(
            "prepare.union", dataset=w.dataset, parts=PLAN.found.unions[w.dataset]
        ),
    message:
        "{wildcards.dataset}: putting together the samples of its parts"
    shell:
        "ecnet union --parts {input:q} --output {output.sample:q} --counts {output.counts:q}"
        " --rejected {output.rejected:q} --settings {params.settings:q} > {log:q} 2>&1"
