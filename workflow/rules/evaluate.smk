rule evaluate:
    input:
        predictions=expand(
            "results/predictions/{{task}}/{{dataset}}/{{variant}}/seed-{seed}.parquet",
            seed=PLAN.seeds,
        ),
        model="results/models/{task}/{dataset}/{variant}/model.json",
    output:
        metrics="results/metrics/{task}/{dataset}/{variant}.json",
        scores="results/scores/{task}/{dataset}/{variant}.json",
        confusion="results/confusion/{task}/{dataset}/{variant}.csv",
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
        settings=PLAN.evaluate_settings(),
        code=PLAN.code("evaluate"),
    message:
        "{wildcards.dataset}: evaluating {wildcards.variant} ({wildcards.task})"
    shell:
        "ecnet evaluate --predictions {input.predictions:q} --model {input.model:q}"
        " --output {output.metrics:q} --scores {output.scores:q} --confusion {output.confusion:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"
