ENCODED = PLAN.encoded()


rule encode:
    input:
        split=expand(
            "data/split/{{dataset}}{{protocol}}/seed-{{seed}}/{subset}.parquet",
            subset=("train", "validation", "test"),
        ),
        audit="data/split/{dataset}{protocol}/seed-{seed}/audit.json",
        counts="data/sampled/{dataset}.json",
    output:
        expand(
            "data/encoded/{{dataset}}{{protocol}}/seed-{{seed}}/{subset}.safetensors",
            subset=("train", "validation", "test"),
        ),
        "data/encoded/{dataset}{protocol}/seed-{seed}/encoder.json",
        "data/encoded/{dataset}{protocol}/seed-{seed}/audit.json",
    log:
        "logs/encode/{dataset}{protocol}/seed-{seed}.log",
    retries: 1  # with more memory, which is what may have been short
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=lambda w, input, attempt: attempt * (500 + 20 * int(input.size_mb)),
    params:
        split=lambda w: f"data/split/{w.dataset}{w.protocol}/seed-{w.seed}",
        folder=lambda w: f"data/encoded/{w.dataset}{w.protocol}/seed-{w.seed}",
        settings=lambda w: PLAN.encode_settings(w.dataset, w.protocol, w.seed),
        code=lambda w: PLAN.code("prepare.encode", dataset=w.dataset),
    message:
        "{wildcards.dataset}{wildcards.protocol}: encoding the split of seed {wildcards.seed}"
    shell:
        "ecnet encode --split {params.split:q} --counts {input.counts:q}"
        " --folder {params.folder:q} --settings {params.settings:q} > {log:q} 2>&1"
