"""The description of the API: valid, checked in, and true of what is answered."""

from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.checks import content_type_conformance, not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from remoteapi.describe import described
from tests.ppv.make import MakeChat
from tests.remoteapi.conftest import Machine

CHECKED_IN = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Nothing here depends on the kind of database."""
    return sqlite_url


@pytest.fixture
def ini() -> dict[str, str]:
    """Everything that there is, is open."""
    return {"PPV_ENABLED": "1"}


@pytest.fixture
def description(api) -> dict:
    return Machine(api).get("/openapi.json").json


def test_the_description_is_valid(description):
    validate(description)


def test_the_description_that_is_checked_in_is_the_present_one(api):
    assert CHECKED_IN.read_text() == described(api), "write it anew: python -m remoteapi.describe > docs/openapi.json"


def test_every_route_tells_its_errors_keys_and_scopes(description):
    operations = [(method, each) for path in description["paths"].values() for method, each in path.items()]
    assert len(operations) >= 20
    for method, operation in operations:
        statuses = set(operation["responses"])
        assert {"401", "403", "500", "503"} <= statuses, operation["operationId"]
        assert method == "get" or {"400", "409", "422"} <= statuses, operation["operationId"]
        assert operation["security"] and operation["x-scopes"] and operation["summary"], operation["operationId"]


@pytest.fixture
def program(api, key, make, ann, start, screen) -> Machine:
    """A program that may do everything there is, for a viewer who performs as well."""
    chat = MakeChat(make)
    tenant = chat.tenant()
    chat.performer(tenant, number=1)
    chat.performer(tenant, "ann", number=2)
    chat.give("ann", 600)
    chat.pack(tenant)
    program = Machine(api, key("cron", "cabinet", "staff-read"))
    assert program.sign_in("ann").status_code == 201
    return program


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_whatever_is_sent_the_answer_is_documented_and_no_failure(program, mode):
    loaded = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", program.app)
    tried = 0
    for found in loaded.get_all_operations():

        @settings(
            max_examples=12, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
        )
        @given(case=found.ok().as_strategy(generation_mode=mode))
        def holds(case):
            nonlocal tried
            tried += 1
            headers = program.headers({})
            case.validate_response(case.call(headers=headers), checks=CHECKS)

        try:
            holds()
        except Unsatisfiable:
            continue
    assert tried > 100
