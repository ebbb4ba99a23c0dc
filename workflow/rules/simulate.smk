# One rule for each dataset: how many files it has depends on the dataset.
for simulated in PLAN.coming_from("simulated"):

    rule:
        name:
            f"simulate_{simulated}"
        output:
            raw=expand(paths.RAW, file=PLAN.located_files(simulated), allow_missing=True),
            provenance=expand(
                paths.PROVENANCE, file=PLAN.located_files(simulated), allow_missing=True
            ),
        log:
            "logs/simulate/{dataset}.log",
        wildcard_constraints:
            dataset=simulated,
        conda:
            "../envs/ecnet.yaml"
        threads: 1
        resources:
            **resources.of("simulate"),
        params:
            settings=PLAN.simulate_settings(simulated),
            code=PLAN.code("simulate.raw_file", dataset=simulated),
        message:
            "{wildcards.dataset}: simulating its files"
        shell:
            "ecnet simulate-files --outputs {output.raw:q} --provenance {output.provenance:q}"
            " --settings {params.settings:q} > {log:q} 2>&1"
