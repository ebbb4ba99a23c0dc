"""A project with trained variants, which tests leave as it is."""

from pathlib import Path

import pytest
import variants


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> variants.Project:
    project = variants.iot_23(tmp_path_factory.mktemp("project"))
    for variant in variants.VARIANTS:
        project.train(variant)
    project.train("xgboost", "binary")
    return project


@pytest.fixture
def log(project: variants.Project) -> Path:
    return variants.logs(project)[0]
