# From raw files to tensors: shard and merge, or union, then split and encode.
from ecnet.prepare import reading


rule shard:
    input:
        raw=paths.RAW,
        # Its bytes are those of the raw file, and the source is one of the settings.
        provenance=ancient(paths.PROVENANCE),
        companions=lambda w: PLAN.companions(w.dataset),
    output:
        sample=paths.SHARD,
        counts=paths.SHARD_COUNTS,
        rejected=paths.SHARD_REJECTED,
    log:
        "logs/sample/{dataset}/{file}.log",
    conda:
        "../envs/ecnet.yaml"
    # A large Zeek log is read in as many ranges, which changes no byte of its sample.
    threads: lambda w, input: reading.ranges(Path(input.raw))
    resources:
        **resources.of("shard"),
    params:
        folder=lambda w: f"data/sampled/{w.dataset}",
        settings=lambda w: PLAN.shard_settings(w.dataset),
        code=lambda w: PLAN.code("prepare.sample", dataset=w.dataset),
    message:
        "{wildcards.dataset}: sampling {wildcards.file}"
    shell:
        "ecnet shard --raw {input.raw:q} --provenance {input.provenance:q} --ranges {threads:q}"
        " --folder {params.folder:q} --settings {params.settings:q} > {log:q} 2>&1"


rule merge:
    input:
        lambda w: expand(paths.SHARD, dataset=w.dataset, file=PLAN.records(w.dataset)),
    output:
        sample=paths.SAMPLE,
        counts=paths.COUNTS,
        rejected=paths.REJECTED,
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


rule union:
    input:
        lambda w: expand(paths.SAMPLE, dataset=PLAN.found.unions[w.dataset]),
    output:
        sample=paths.SAMPLE,
        counts=paths.COUNTS,
        rejected=paths.REJECTED,
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


rule split:
    input:
        sample=paths.SAMPLE,
        # From it the plan knows which features to leave out.
        audit=lambda w: PLAN.read_by_split(w.dataset, w.protocol),
    output:
        assignment=paths.ASSIGNMENT,
        report=paths.SPLIT,
    log:
        "logs/split/{dataset}{protocol}.log",
    retries: 1  # with more memory, which is what may have been short
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        **resources.of("split"),
    params:
        settings=lambda w: PLAN.split_settings(w.dataset, w.protocol),
        code=lambda w: PLAN.code("prepare.split", dataset=w.dataset),
    message:
        "{wildcards.dataset}{wildcards.protocol}: splitting"
    shell:
        "ecnet split --sample {input.sample:q} --assignment {output.assignment:q}"
        " --report {output.report:q} --settings {params.settings:q} > {log:q} 2>&1"


rule encode:
    input:
        sample=paths.SAMPLE,
        counts=paths.COUNTS,
        assignment=paths.ASSIGNMENT,
        report=paths.SPLIT,
    output:
        encoder=paths.ENCODER,
        fit=paths.FIT,
        test=paths.TEST,
    log:
        "logs/encode/{dataset}{protocol}.log",
    retries: 1  # with more memory, which is what may have been short
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        **resources.of("encode"),
    params:
        settings=lambda w: PLAN.encode_settings(w.dataset, w.protocol),
        code=lambda w: PLAN.code("prepare.encode", dataset=w.dataset),
    message:
        "{wildcards.dataset}{wildcards.protocol}: encoding the splits"
    shell:
        "ecnet encode --sample {input.sample:q} --counts {input.counts:q}"
        " --assignment {input.assignment:q} --report {input.report:q}"
        " --encoder {output.encoder:q} --fit {output.fit:q} --test {output.test:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"
