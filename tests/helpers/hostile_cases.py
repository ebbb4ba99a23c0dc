"""All cases, in the order of the table."""

import hostile_artefacts
import hostile_files
import hostile_models
import hostile_sources

CASES = [
    *hostile_sources.CASES,
    *hostile_files.CASES,
    *hostile_artefacts.CASES,
    *hostile_models.CASES,
]
