rule shard:
    input:
        raw="data/raw/{dataset}/{file}",
        # Its bytes are those of the raw file, and the source is one of the settings.
        provenance=ancient("data/provenance/{dataset}/{file}.json"),
        companions=lambda w: expand(
            "data/raw/{dataset}/{file}",
            dataset=w.dataset,
            file=PLAN.found.located[w.dataset].companions,
        ),
    output:
        sample="data/sampled/{dataset}/{file}.parquet",
        counts="data/sampled/{dataset}/{file}.json",
        rejected="data/sampled/{dataset}/{file}.rejected.csv",
    log:
        "logs/sample/{dataset}/{file}.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=2000,
    params:
        folder=lambda w: f"data/sampled/{w.dataset}",
        settings=lambda w: PLAN.shard_settings(w.dataset),
        code=lambda w: PLAN.code("prepare.sample", dataset=w.dataset),
    message:
        "{wildcards.dataset}: sampling {wildcards.file}"
    shell:
        "ecnet shard --raw {input.raw:q} --provenance {input.provenance:q}"
        " --folder {params.folder:q} --settings {params.settings:q} > {log:q} 2>&1"


rule merge:
    input:
        lambda w: expand(
            "data/sampled/{dataset}/{file}.parquet",
            dataset=w.dataset,
            file=PLAN.records(w.dataset),
        ),
    output:
        sample="data/sampled/{dataset}.parquet",
        counts="data/sampled/{dataset}.json",
        rejected="data/sampled/{dataset}.rejected.csv",
    log:
        "logs/sample/{dataset}.log",
    wildcard_constraints:
        dataset=plan.one_of(PLAN.found.located),
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=2000,
    params:
        settings=lambda w: PLAN.merge_settings(w.dataset),
        code=lambda w: PLAN.code("prepare.sample", dataset=w.dataset),
    message:
        "{wildcards.dataset}: merging the samples of its files"
    shell:
        "ecnet merge --shards {input:q} --output {output.sample:q} --counts {output.counts:q}"
        " --rejected {output.rejected:q} --settings {params.settings:q} > {log:q} 2>&1"
