"""All cases, in the order of the table."""

import hostile_artefacts
import hostile_files

CASES = [*hostile_files.CASES, *hostile_artefacts.CASES]
