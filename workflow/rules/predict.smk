rule predict:
    input:
        encoder=expand("data/encoded/{{dataset}}/seed-{seed}/encoder.json", seed=PLAN.seeds),
        test=expand("data/encoded/{{dataset}}/seed-{seed}/test.safetensors", seed=PLAN.seeds),
        model="results/models/{task}/{dataset}/{variant}/model.json",
        weights=expand(
            "results/models/{{task}}/{{dataset}}/{{variant}}/seed-{seed}.safetensors",
            seed=PLAN.seeds,
        ),
    output:
        expand(
            "results/predictions/{{task}}/{{dataset}}/{{variant}}/seed-{seed}.parquet",
            seed=PLAN.seeds,
        ),
    log:
        "logs/predict/{task}/{dataset}/{variant}.log",
    benchmark:
        "benchmarks/predict/{task}/{dataset}/{variant}.tsv"
    conda:
        "../envs/ecnet.yaml"
    threads: PLAN.params["train"]["threads"]
    resources:
        mem_mb=lambda w, input: 1500 + 10 * int(input.size_mb),
    params:
        encoded=lambda w: [f"data/encoded/{w.dataset}/seed-{seed}" for seed in PLAN.seeds],
        settings=PLAN.predict_settings(),
        code=lambda w: PLAN.code("predict", family=PLAN.family(w.variant)),
    message:
        "{wildcards.dataset}: classifying the test records with {wildcards.variant}"
        " ({wildcards.task})"
    shell:
        "ecnet predict --encoded {params.encoded:q} --model {input.model:q}"
        " --weights {input.weights:q} --outputs {output:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"
