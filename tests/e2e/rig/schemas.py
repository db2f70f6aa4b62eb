"""The official schemas of what a scan writes, as npm packages ship them."""

import json
import unittest
from pathlib import Path

try:
    import jsonschema
except ImportError:
    jsonschema = None

MODULES = Path(__file__).resolve().parents[1] / "node_modules"
SARIF = MODULES / "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
CYCLONEDX = MODULES / "@cyclonedx/cyclonedx-library/res/schema"

needed = unittest.skipUnless(jsonschema and SARIF.exists() and CYCLONEDX.is_dir(),
                             "python3-jsonschema or the npm packages are not installed")


def problems(validator, document):
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
            for error in validator.iter_errors(document)]


def sarif_problems(document):
    schema = json.loads(SARIF.read_text())
    return problems(jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()),
                    document)


def cyclonedx_problems(document):
    files = {name: json.loads((CYCLONEDX / f"{name}.SNAPSHOT.schema.json").read_text())
             for name in ("bom-1.6", "spdx", "jsf-0.82")}
    schema = files["bom-1.6"]
    resolver = jsonschema.RefResolver.from_schema(
        schema, store={one["$id"]: one for one in files.values()})
    return problems(jsonschema.Draft7Validator(schema, resolver=resolver,
                                               format_checker=jsonschema.FormatChecker()), document)
