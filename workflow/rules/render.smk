# Tables and figures: a rule for each job of the catalogue, which says what the job makes of what.
from ecnet.datasets import papers
from ecnet.render import catalogue

READ = {
    "splits": expand(paths.SPLIT, dataset=PLAN.datasets, protocol=""),
    "counts": COUNTS,
    "audits": AUDIT_REPORTS,
    "transfers": PLAN.transferred,
    "statistics": STATISTICS,
    "claims": CLAIMS,
    "protocols": PROTOCOLS,
    "devices": PLAN.measured_files,
    catalogue.REPORTED: own(PLAN.paper_file(papers.REPRODUCED)),
}
# What is made on request has statistics and claims of its own.
READ_ON_REQUEST = {
    catalogue.RIVALS: {"statistics": RIVAL_STATISTICS, "claims": RIVAL_CLAIMS},
    catalogue.DEVICES: {"claims": DEVICE_CLAIMS},
}


def read_by(job):
    """Return the files that a job reads, by kind."""
    own = {"metrics": PLAN.shown_metrics(job.name)} | READ_ON_REQUEST.get(job.target, {})
    return {kind: own[kind] if kind in own else READ[kind] for kind in job.inputs}


def options(job):
    """Return the words of a command that name the files of a job, those of a kind if any."""
    read = {kind: files for kind, files in read_by(job).items() if kind in job.options and files}
    return [
        word
        for kind, files in read.items()
        for word in (f"--{kind}", *([files] if isinstance(files, str) else files))
    ]


def marked(result):
    """Return the files of a result, the one that is shown marked for Snakemake's own report."""
    shown, *others = result.files
    caption, category = f"../report/{result.reading}.rst", catalogue.SECTIONS[result.section]
    labels = {"result": result.heading(PLAN.titles)}
    return [report(shown, caption=caption, category=category, labels=labels), *others]


RENDERED = {
    target: [
        file
        for result in catalogue.all_of(PLAN.datasets)
        if result.target == target
        for file in result.files
    ]
    for target in dict.fromkeys(result.target for result in catalogue.RESULTS)
}


for job in catalogue.JOBS.values():

    rule:
        name:
            job.name
        input:
            **read_by(job),
        output:
            [file for one in catalogue.of_job(job.name, PLAN.datasets) for file in marked(one)],
        log:
            f"logs/render/{job.name}.log",
        conda:
            "../envs/ecnet.yaml"
        threads: 1
        resources:
            mem_mb=1000,
        params:
            command=job.step,
            files=options(job),
            folder=subpath(output[0], parent=True),
            settings=PLAN.render_settings(job.name),
            code=PLAN.render_code(job.name),
        message:
            job.message
        shell:
            "ecnet {params.command:q} {params.files:q} --folder {params.folder:q}"
            " --settings {params.settings:q} > {log:q} 2>&1"
