# One job trains all runs of a variant: importing torch takes longer than many of the models. Other
# protocols than the default one have fewer runs, hence a rule of their own.
for design in PLAN.designs:

    rule:
        name:
            f"train{design.suffix}"
        input:
            encoder=lambda w, design=design: PLAN.tensors(w, design.runs, "encoder.json"),
            subsets=lambda w, design=design: [
                file
                for subset in ("train", "validation")
                for file in PLAN.tensors(w, design.runs, f"{subset}.safetensors")
            ],
        output:
            model="results/models/{task}/{dataset}{protocol}/{variant}/model.json",
            history="results/training/{task}/{dataset}{protocol}/{variant}.csv",
            weights=expand(
                "results/models/{{task}}/{{dataset}}{{protocol}}/{{variant}}/seed-{run}.safetensors",
                run=[run.name for run in design.runs],
            ),
        log:
            "logs/train/{task}/{dataset}{protocol}/{variant}.log",
        wildcard_constraints:
            protocol=design.protocol,
        retries: 1  # with more memory, which is what may have been short
        conda:
            "../envs/ecnet.yaml"
        threads: PLAN.params["train"]["threads"]
        resources:
            mem_mb=lambda w, input, attempt: attempt * (1500 + 10 * megabytes(input)),
        params:
            encoded=lambda w, design=design: PLAN.tensors(w, design.runs),
            settings=lambda w: PLAN.train_settings(w.task, w.dataset, w.protocol, w.variant),
            code=lambda w: PLAN.code("train.train", family=PLAN.family(w.variant)),
        message:
            "{wildcards.dataset}{wildcards.protocol}: training {wildcards.variant}"
            " ({wildcards.task})"
        shell:
            "ecnet train --encoded {params.encoded:q} --model {output.model:q}"
            " --history {output.history:q} --weights {output.weights:q}"
            " --settings {params.settings:q} > {log:q} 2>&1"
