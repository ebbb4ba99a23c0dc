PROVENANCE = "results/provenance.json"


rule provenance:
    input:
        counts=COUNTS,
        lock="requirements.lock",
    output:
        PROVENANCE,
    log:
        "logs/provenance.log",
    benchmark:
        "benchmarks/provenance.tsv"
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=500,
    params:
        settings=PLAN.provenance_settings(),
        code=PLAN.code("provenance"),
    message:
        "What the results were made of"
    shell:
        "ecnet provenance --counts {input.counts:q} --lock {input.lock:q} --output {output:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"
