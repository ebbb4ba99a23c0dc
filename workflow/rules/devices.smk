# What models take of a microcontroller, on emulated boards. No other result needs it: it is made on
# request, as are other systems.
FIRMWARE, C_TEMPLATES = (
    sorted(
        own(str(path.relative_to(HOME)))
        for path in HOME.glob(f"src/ecnet/evaluate/{names}")
        if path.is_file()
    )
    for names in ("devices/firmware/*", "c/templates/**/*")
)
DEVICE_CLAIMS = "results/devices/claims.json"


rule devices:
    input:
        models=expand(paths.MODEL, variant=PLAN.measured, protocol="", allow_missing=True),
        weights=expand(paths.WEIGHTS, variant=PLAN.measured, protocol="", allow_missing=True),
        encoder=paths.ENCODER.format(dataset="{dataset}", protocol=""),
        sample=paths.SAMPLE,
        assignment=paths.ASSIGNMENT.format(dataset="{dataset}", protocol=""),
        report=paths.SPLIT.format(dataset="{dataset}", protocol=""),
        firmware=FIRMWARE,
        templates=C_TEMPLATES,
    output:
        paths.DEVICES,
    log:
        "logs/devices/{task}/{dataset}.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        **resources.of("devices"),
    params:
        settings=PLAN.devices_settings(),
        code=lambda w: PLAN.code("evaluate.devices", dataset=w.dataset, variants=PLAN.measured),
    message:
        "{wildcards.dataset}: models on an emulated microcontroller ({wildcards.task})"
    shell:
        "ecnet devices --models {input.models:q} --output {output:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"


rule device_claims:
    input:
        statistics=STATISTICS,
        papers=PAPERS,
        devices=PLAN.measured_files,
    output:
        DEVICE_CLAIMS,
    log:
        "logs/device_claims.log",
    conda:
        "../envs/ecnet.yaml"
    threads: 1
    resources:
        mem_mb=500,
    params:
        settings=PLAN.claims_settings(bounds=PLAN.bounds),
        code=PLAN.code("claims.claims"),
    message:
        "The verdict on constrained devices"
    shell:
        "ecnet claims --statistics {input.statistics:q} --counts --transfers"
        " --papers {input.papers:q} --devices {input.devices:q} --output {output:q}"
        " --settings {params.settings:q} > {log:q} 2>&1"
