rule evaluate:
    input:
        predictions=expand(
            "results/predictions/{{task}}/{{dataset}}/{{variant}}/seed-{seed}.parquet",
            seed=PLAN.seeds,
        ),
        model="results/models/{task}/{dataset}/{variant}/model.json",
    output:
        "results/metrics/{task}/{dataset}/{variant}.json",
    log:
        "logs/evaluate/{task}/{dataset}/{variant}.log",
    benchmark:
        "benchmarks/evaluate/{task}/{dataset}/{variant}.tsv"
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        code=PLAN.code("evaluate"),
    message:
        "{wildcards.dataset}: evaluating {wildcards.variant} ({wildcards.task})"
    shell:
        "ecnet evaluate --predictions {input.predictions:q} --model {input.model:q}"
        " --output {output:q} > {log:q} 2>&1"
