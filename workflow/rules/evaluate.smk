# One job classifies, and one evaluates, with all variants of a task, dataset and protocol. Which
# variants there are depends on task and protocol, hence rules for each group of them.
for group in PLAN.groups:

    rule:
        name:
            f"predict_{group.name}"
        input:
            encoder=lambda w: PLAN.of_split(paths.ENCODER, w.dataset, w.protocol),
            test=lambda w: PLAN.of_split(paths.TEST, w.dataset, w.protocol),
            models=expand(paths.MODEL, variant=group.variants, allow_missing=True),
            weights=expand(paths.WEIGHTS, variant=group.variants, allow_missing=True),
        output:
            expand(paths.PREDICTIONS, variant=group.variants, allow_missing=True),
        log:
            "logs/predict/{task}/{dataset}{protocol}.log",
        wildcard_constraints:
            task=group.task,
            protocol=group.protocol,
            dataset=group.dataset,
        retries: 1  # with more memory, which is what may have been short
        group:
            grouped("evaluate")
        conda:
            "../envs/ecnet.yaml"
        threads: PLAN.params["train"]["threads"]
        resources:
            **resources.of("predict"),
            gpu=PLAN.gpus(group.variants, group.protocols),
        params:
            settings=PLAN.predict_settings(),
            code=PLAN.code("evaluate.predict", variants=group.variants),
        message:
            "{wildcards.dataset}{wildcards.protocol}: classifying the test records"
            " ({wildcards.task})"
        shell:
            "ecnet predict --encoder {input.encoder:q} --test {input.test:q}"
            " --models {input.models:q} --weights {input.weights:q} --outputs {output:q}"
            " --settings {params.settings:q} > {log:q} 2>&1"

    rule:
        name:
            f"evaluate_{group.name}"
        input:
            predictions=expand(paths.PREDICTIONS, variant=group.variants, allow_missing=True),
            models=expand(paths.MODEL, variant=group.variants, allow_missing=True),
        output:
            metrics=expand(paths.METRICS, variant=group.variants, allow_missing=True),
            confusion=expand(paths.CONFUSION, variant=group.variants, allow_missing=True),
            scores=paths.SCORES,
            covariance=paths.COVARIANCE,
        log:
            "logs/evaluate/{task}/{dataset}{protocol}.log",
        wildcard_constraints:
            task=group.task,
            protocol=group.protocol,
            dataset=group.dataset,
        group:
            grouped("evaluate")
        conda:
            "../envs/ecnet.yaml"
        threads: 1
        resources:
            **resources.of("evaluate"),
        params:
            settings=lambda w: PLAN.evaluate_settings(w.dataset, w.protocol),
            code=PLAN.code("evaluate.evaluate"),
        message:
            "{wildcards.dataset}{wildcards.protocol}: evaluating the predictions"
            " ({wildcards.task})"
        shell:
            "ecnet evaluate --predictions {input.predictions:q} --models {input.models:q}"
            " --outputs {output.metrics:q} --confusion {output.confusion:q}"
            " --scores {output.scores:q} --covariance {output.covariance:q}"
            " --settings {params.settings:q} > {log:q} 2>&1"


# Models trained without a network, a capture or a kind of attack, and tested on it. One job trains
# and tests all of a dataset: the models are of no use but for this comparison, and are not kept.
rule transfer:
    input:
        sample=paths.SAMPLE,
        counts=paths.COUNTS,
        assignment=paths.ASSIGNMENT.format(dataset="{dataset}", protocol=""),
        report=paths.SPLIT.format(dataset="{dataset}", protocol=""),
    output:
        paths.TRANSFER,
    log:
        "logs/transfer/{task}/{dataset}.{groups}.log",
    wildcard_constraints:
        groups=plan.one_of(PLAN.params["transfer"]["groups"]),
    retries: 1  # with more memory, which is what may have been short
    conda:
        "../envs/ecnet.yaml"
    threads: PLAN.params["train"]["threads"]
    resources:
        **resources.of("transfer"),
        gpu=PLAN.gpus(PLAN.variants(layout.TRANSFER)),
    params:
        settings=lambda w: PLAN.transfer_settings(w.task, w.dataset, w.groups),
        code=lambda w: PLAN.code(
            "evaluate.transfer", dataset=w.dataset, variants=PLAN.variants(layout.TRANSFER)
        ),
    message:
        "{wildcards.dataset}: training without some {wildcards.groups} ({wildcards.task})"
    shell:
        "ecnet transfer --sample {input.sample:q} --counts {input.counts:q}"
        " --assignment {input.assignment:q} --report {input.report:q} --output {output:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"
