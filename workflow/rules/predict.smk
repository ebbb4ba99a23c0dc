for design in PLAN.designs:

    rule:
        name:
            f"predict{design.suffix}"
        input:
            encoder=lambda w, design=design: PLAN.tensors(w, design.runs, "encoder.json"),
            test=lambda w, design=design: PLAN.tensors(w, design.runs, "test.safetensors"),
            model="results/models/{task}/{dataset}{protocol}/{variant}/model.json",
            weights=expand(
                "results/models/{{task}}/{{dataset}}{{protocol}}/{{variant}}/seed-{run}.safetensors",
                run=[run.name for run in design.runs],
            ),
        output:
            expand(
                "results/predictions/{{task}}/{{dataset}}{{protocol}}/{{variant}}/seed-{run}.parquet",
                run=[run.name for run in design.runs],
            ),
        log:
            "logs/predict/{task}/{dataset}{protocol}/{variant}.log",
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
            settings=PLAN.predict_settings(),
            code=lambda w: PLAN.code("train.predict", family=PLAN.family(w.variant)),
        message:
            "{wildcards.dataset}{wildcards.protocol}: classifying the test records with"
            " {wildcards.variant} ({wildcards.task})"
        shell:
            "ecnet predict --encoded {params.encoded:q} --model {input.model:q}"
            " --weights {input.weights:q} --outputs {output:q}"
            " --settings {params.settings:q} > {log:q} 2>&1"
