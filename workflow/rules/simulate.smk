# One job for each dataset: its files are small, and to start a job takes longer. But where few files
# are to be there at once, one for each file. How many files a dataset has depends on the dataset.
for simulated in PLAN.coming_from("simulated"):
    names, place, what = PLAN.located_files(simulated), "{dataset}", "its files"
    if PLAN.params["data"]["max_raw_files"] is not None:
        names, place, what = "{file}", "{dataset}/{file}", "{wildcards.file}"

    rule:
        name:
            f"simulate_{simulated}"
        input:
            lambda w: ancient(PLAN.sampled_before(w.dataset, w.get("file"))),
        output:
            raw=raw_file(expand(paths.RAW, file=names, allow_missing=True)),
            provenance=expand(paths.PROVENANCE, file=names, allow_missing=True),
        log:
            f"logs/simulate/{place}.log",
        wildcard_constraints:
            dataset=simulated,
            file=plan.one_of(PLAN.located_files(simulated)),
        conda:
            "../envs/ecnet.yaml"
        threads: 1
        resources:
            **resources.of("simulate"),
        params:
            settings=PLAN.simulate_settings(simulated),
            code=PLAN.code("simulate.raw_file", dataset=simulated),
        message:
            f"{{wildcards.dataset}}: simulating {what}"
        shell:
            "ecnet simulate-files --outputs {output.raw:q} --provenance {output.provenance:q}"
            " --settings {params.settings:q} > {log:q} 2>&1"
