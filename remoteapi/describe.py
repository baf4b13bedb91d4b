"""`python -m remoteapi.describe > docs/openapi.json`: the description of the JSON door as it is checked in."""

import json
import sys

from apiflask import APIFlask

from remoteapi.api import create_api
from suite.runtime import build_runtime


def described(app: APIFlask) -> str:
    """The OpenAPI document of `app`, in an order that makes changes readable."""
    return json.dumps(app.spec, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(described(create_api(build_runtime())))
