# One job trains all seeds of a variant: importing torch takes longer than many of the models.
rule train:
    input:
        encoder=expand("data/encoded/{{dataset}}/seed-{seed}/encoder.json", seed=PLAN.seeds),
        sides=expand(
            "data/encoded/{{dataset}}/seed-{seed}/{side}.safetensors",
            seed=PLAN.seeds,
            side=("train", "validation"),
        ),
    output:
        model="results/models/{task}/{dataset}/{variant}/model.json",
        history="results/training/{task}/{dataset}/{variant}.csv",
        weights=expand(
            "results/models/{{task}}/{{dataset}}/{{variant}}/seed-{seed}.safetensors",
            seed=PLAN.seeds,
        ),
    log:
        "logs/train/{task}/{dataset}/{variant}.log",
    benchmark:
        "benchmarks/train/{task}/{dataset}/{variant}.tsv"
    conda:
        "../envs/ecnet.yaml"
    threads: PLAN.params["train"]["threads"]
    resources:
        mem_mb=lambda w, input: 1500 + 10 * int(input.size_mb),
    params:
        encoded=lambda w: [f"data/encoded/{w.dataset}/seed-{seed}" for seed in PLAN.seeds],
        settings=lambda w: PLAN.train_settings(w.task, w.dataset, w.variant),
        code=lambda w: PLAN.code("train", family=PLAN.family(w.variant)),
    message:
        "{wildcards.dataset}: training {wildcards.variant} ({wildcards.task})"
    shell:
        "ecnet train --encoded {params.encoded:q} --model {output.model:q}"
        " --history {output.history:q} --weights {output.weights:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"
