"""Requests drawn from the server's own description: none makes it fail."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error

from tests.serving.conftest import KEY

HEADERS = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture(scope="module")
def description(server):
    return schemathesis.openapi.from_url(f"{server}/openapi.json", headers=HEADERS)


schema = schemathesis.pytest.from_fixture("description")


@schema.parametrize()
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_request_makes_it_fail(case):
    case.call_and_validate(headers=HEADERS, checks=[not_a_server_error])
