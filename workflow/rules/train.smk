# One job trains all runs of a variant: importing torch takes longer than many of the models.
rule train:
    input:
        encoder=lambda w: PLAN.of_split(paths.ENCODER, w.dataset, w.protocol),
        fit=lambda w: PLAN.of_split(paths.FIT, w.dataset, w.protocol),
    output:
        model=paths.MODEL,
        history=paths.HISTORY,
        weights=paths.WEIGHTS,
    log:
        "logs/train/{task}/{dataset}{protocol}/{variant}.log",
    retries: 1  # with more memory, which is what may have been short
    group:
        grouped("train")
    conda:
        "../envs/ecnet.yaml"
    threads: PLAN.params["train"]["threads"]
    resources:
        **resources.of("train"),
        gpu=lambda w: PLAN.gpus([w.variant], [w.protocol]),
    params:
        settings=lambda w: PLAN.train_settings(w.task, w.dataset, w.protocol, w.variant),
        code=lambda w: PLAN.code("train.train", variants=[w.variant]),
    message:
        "{wildcards.dataset}{wildcards.protocol}: training {wildcards.variant} ({wildcards.task})"
    shell:
        "ecnet train --encoder {input.encoder:q} --fit {input.fit:q} --model {output.model:q}"
        " --history {output.history:q} --weights {output.weights:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"


# No result needs what follows: a search says which values params.yaml should hold, and a person
# writes them there. The test records are split off, and not read.
TUNED = expand(paths.TUNING, variant=PLAN.tuned)


rule tune:
    input:
        lambda _: PLAN.targets(TUNED),


rule search:
    input:
        encoders=expand(paths.ENCODER, dataset=PLAN.datasets, protocol=layout.TUNING),
        fits=expand(paths.FIT, dataset=PLAN.datasets, protocol=layout.TUNING),
    output:
        table=paths.TUNING_TABLE,
        record=paths.TUNING,
    log:
        "logs/tune/{variant}.log",
    wildcard_constraints:
        variant=plan.one_of(PLAN.tuned),
    conda:
        "../envs/ecnet.yaml"
    threads: PLAN.params["train"]["threads"]
    resources:
        **resources.of("search"),
        gpu=lambda w: PLAN.gpus([w.variant]),
    params:
        settings=lambda w: PLAN.tune_settings(w.variant),
        code=lambda w: PLAN.code("train.tune", variants=[w.variant]),
    message:
        "Searching hyperparameters of {wildcards.variant}"
    shell:
        "ecnet tune --encoders {input.encoders:q} --fits {input.fits:q}"
        " --table {output.table:q} --record {output.record:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"
