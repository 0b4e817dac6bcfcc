"""What the tests that drive the program share."""

import json
import os
import pathlib
import shlex
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
SCHEMAS = REPOSITORY / "docs" / "schema"

# A test must not depend on who runs it, and where.
CLEAN_ENVIRONMENT = {
    key: value
    for key, value in os.environ.items()
    if key not in ("MAIL_CONFIG", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE")
}


def run(binary, arguments, cwd=None, stdin="", environment=None):
    """Runs the program; returns the CompletedProcess with bytes decoded, bad ones escaped."""
    return subprocess.run(
        [str(binary), *arguments],
        cwd=cwd,
        input=stdin,
        env={**CLEAN_ENVIRONMENT, **(environment or {})},
        capture_output=True,
        text=True,
        errors="backslashreplace",
        timeout=60,
        check=False,
    )


class Schema:
    """A JSON Schema of docs/schema; says nothing where jsonschema is not installed."""

    def __init__(self, name):
        self.validator = None
        try:
            import jsonschema
        except ImportError:
            return
        document = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
        jsonschema.Draft7Validator.check_schema(document)
        self.validator = jsonschema.Draft7Validator(document)

    def problems(self, document):
        if self.validator is None:
            return []
        return [f"{list(e.path)}: {e.message}" for e in self.validator.iter_errors(document)]


def options_of(text):
    return shlex.split(text, comments=True)
