for design in PLAN.designs:

    rule:
        name:
            f"evaluate{design.suffix}"
        input:
            predictions=expand(
                "results/predictions/{{task}}/{{dataset}}{{protocol}}/{{variant}}/seed-{run}.parquet",
                run=[run.name for run in design.runs],
            ),
            model="results/models/{task}/{dataset}{protocol}/{variant}/model.json",
        output:
            metrics="results/metrics/{task}/{dataset}{protocol}/{variant}.json",
            scores="results/scores/{task}/{dataset}{protocol}/{variant}.json",
            confusion="results/confusion/{task}/{dataset}{protocol}/{variant}.csv",
        log:
            "logs/evaluate/{task}/{dataset}{protocol}/{variant}.log",
        wildcard_constraints:
            protocol=design.protocol,
        conda:
            "../envs/ecnet.yaml"
        threads: 1
        resources:
            mem_mb=1000,
        params:
            settings=lambda w: PLAN.evaluate_settings(w.dataset, w.protocol),
            code=PLAN.code("evaluate.evaluate"),
        message:
            "{wildcards.dataset}{wildcards.protocol}: evaluating {wildcards.variant}"
            " ({wildcards.task})"
        shell:
            "ecnet evaluate --predictions {input.predictions:q} --model {input.model:q}"
            " --output {output.metrics:q} --scores {output.scores:q}"
            " --confusion {output.confusion:q}"
            " --settings {params.settings:q} > {log:q} 2>&1"
