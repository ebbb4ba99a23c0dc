# No result needs these: a search says which values params.yaml should hold, and a person writes
# them there. The test subsets are made with the splits, and none is read.
TUNED = expand("results/tuning/{variant}.json", variant=PLAN.tuned)


rule tune:
    input:
        lambda _: PLAN.targets(TUNED),


rule search:
    input:
        encoder=expand(
            "data/encoded/{dataset}/seed-{split}/encoder.json",
            dataset=PLAN.datasets,
            split=PLAN.params["tuning"]["splits"],
        ),
        subsets=expand(
            "data/encoded/{dataset}/seed-{split}/{subset}.safetensors",
            dataset=PLAN.datasets,
            split=PLAN.params["tuning"]["splits"],
            subset=("train", "validation"),
        ),
    output:
        table="results/tuning/{variant}.csv",
        record="results/tuning/{variant}.json",
    log:
        "logs/tune/{variant}.log",
    wildcard_constraints:
        variant=plan.one_of(PLAN.tuned),
    conda:
        "../envs/ecnet.yaml"
    threads: PLAN.params["train"]["threads"]
    resources:
        mem_mb=lambda w, input: 1500 + 10 * int(input.size_mb),
    params:
        encoded=lambda w, input: [str(Path(path).parent) for path in input.encoder],
        settings=lambda w: PLAN.tune_settings(w.variant),
        code=lambda w: PLAN.code("train.tune", family=PLAN.family(w.variant)),
    message:
        "Searching hyperparameters of {wildcards.variant}"
    shell:
        "ecnet tune --encoded {params.encoded:q} --table {output.table:q}"
        " --record {output.record:q} --settings {params.settings:q} > {log:q} 2>&1"
