# Before anything runs: what could make Snakemake or DVC believe something that is not so. It has no
# rule of its own, and is the last to be included, since it asks which files the rules make.
from ecnet import machine
from ecnet.provenance import dvc_lock, snakemake_metadata
from ecnet.runtime import requirements, runs, slurm

if workflow.is_main_process:
    with machine.in_words():
        for notice in runs.enter():
            logger.warning(notice)
        dvc_lock.check_cache()
        runs.check_places(
            str(file) for rule in workflow.rules for file in (*rule.output, *rule.log)
        )
    unrecorded = snakemake_metadata.unrecorded(
        lambda path: any(rule.is_producer(path) for rule in workflow.rules)
    )
    if unrecorded:
        sys.exit(
            f"{unrecorded[0]}: lies there without a record of how it was made"
            f"{f', and {len(unrecorded) - 1} more' if unrecorded[1:] else ''}. If DVC has the "
            "record: dvc checkout .snakemake/metadata, then ecnet verify. If not, delete "
            "the files: they are made again."
        )


def trained():
    """Return the variants of which jobs will train models, or use them."""
    return {getattr(job.wildcards, "variant", "") for job in workflow.dag.needrun_jobs()}


onstart:
    # To limit how many jobs begin in a second, Snakemake looks for ready jobs once more every second
    # for each job that ended: after 400 jobs that takes a core. Jobs on this machine need no limit.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None
    with machine.in_words():
        if not workflow.local_exec:
            slurm.check()
        if workflow.local_exec and not workflow.deployment_settings.deployment_method:
            requirements.check(PLAN.params, {*PLAN.only_of_rivals} - trained())
            if any(job.rule.name == "devices" for job in workflow.dag.needrun_jobs()):
                from ecnet.evaluate import devices

                devices.check({name: PLAN.family(name) for name in PLAN.measured})
        for notice in runs.date_back():
            logger.warning(notice)


def plan_again(failed_jobs):
    """Begin the call anew where this pass was the first, or found that another plan is needed."""
    failures = outcomes.failures(failed_jobs)
    targets = workflow.dag.targetjobs
    asked = {getattr(job.wildcards, "dataset", "") for job in targets}
    if failures is None or any(one.dataset in asked for one in failures):
        return
    if failures and PLAN.params["data"]["missing"] == "error":
        return
    first = needed_first() and not all(job.output for job in targets)
    failed = PLAN.overtaken(failures)
    if not again.possible() or (failed is None and not first):
        return
    logger.warning("The rest is planned now, by what samples and audits hold and what failed.")
    workflow.persistence.unlock()
    runs.keep()
    again.begin(PLAN.failed if failed is None else failed)


onsuccess:
    runs.leave()
    plan_again([])


onerror:
    runs.leave()
    if not workflow.scheduler._user_kill:
        plan_again(workflow.scheduler.failed)
