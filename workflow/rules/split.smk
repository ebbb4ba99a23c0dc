rule split:
    input:
        "data/sampled/{dataset}.parquet",
    output:
        expand(
            "data/split/{{dataset}}{{protocol}}/seed-{{seed}}/{subset}.parquet",
            subset=("train", "validation", "test"),
        ),
        "data/split/{dataset}{protocol}/seed-{seed}/audit.json",
    log:
        "logs/split/{dataset}{protocol}/seed-{seed}.log",
    retries: 1  # with more memory, which is what may have been short
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=lambda w, input, attempt: attempt * (500 + 20 * int(input.size_mb)),
    params:
        folder=lambda w: f"data/split/{w.dataset}{w.protocol}/seed-{w.seed}",
        settings=lambda w: PLAN.split_settings(w.dataset, w.protocol, w.seed),
        code=lambda w: PLAN.code("prepare.split", dataset=w.dataset),
    message:
        "{wildcards.dataset}{wildcards.protocol}: splitting with seed {wildcards.seed}"
    shell:
        "ecnet split --sample {input:q} --folder {params.folder:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"
