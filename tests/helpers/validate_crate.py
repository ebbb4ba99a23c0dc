"""Validate an RO-Crate without a network, with the validator's Python: FOLDER TERMS.

TERMS stand for the published context of RO-Crate 1.1: a JSON object, term -> address.
"""

import json
import sys

import requests
from rocrate_validator import models, services
from rocrate_validator.utils.http import HttpRequester

CONTEXT = json.dumps({"@context": json.loads(sys.argv[2])}).encode()


def served(_: HttpRequester, url: str, **__: object) -> requests.Response:
    """Answer a request for the context; there is nothing else."""
    response = requests.Response()
    response.url = url
    response.status_code = 200 if url == "https://w3id.org/ro/crate/1.1/context" else 404
    response.headers["Content-Type"] = "application/ld+json"
    response._content = CONTEXT
    return response


HttpRequester.get = served
result = services.validate(
    services.ValidationSettings(
        rocrate_uri=sys.argv[1],
        profile_identifier="workflow-run-crate",
        requirement_severity=models.Severity.RECOMMENDED,
        offline=True,
    )
)
for issue in result.get_issues():
    print(issue.severity.name, issue.check.identifier, issue.message)
print(len(result.executed_checks), "checks")
