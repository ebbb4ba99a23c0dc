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
        mem_mb=lambda w, input, attempt: attempt * (1500 + 40 * int(input.size_mb)),
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
