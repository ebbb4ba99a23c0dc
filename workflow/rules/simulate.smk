rule simulate:
    output:
        raw="data/raw/{dataset}/{file}",
        provenance="data/provenance/{dataset}/{file}.json",
    log:
        "logs/simulate/{dataset}/{file}.log",
    wildcard_constraints:
        dataset=plan.one_of(PLAN.coming_from("simulated")),
        file=plan.one_of(PLAN.raw_files("simulated")),
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        settings=lambda w: PLAN.simulate_settings(w.dataset, w.file),
        code=lambda w: PLAN.code("simulate.raw_file", dataset=w.dataset),
    message:
        "{wildcards.dataset}: simulating {wildcards.file}"
    shell:
        "ecnet simulate-file --output {output.raw:q} --provenance {output.provenance:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"
