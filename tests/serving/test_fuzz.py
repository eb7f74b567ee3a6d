"""Requests drawn from the server's own description: none makes it fail."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from tests.serving.conftest import KEY

HEADERS = {"Authorization": f"Bearer {KEY}"}
EXAMPLES = {"/v1/chat/completions": 120}  # of the others, whose requests have next to nothing in them, ten


@pytest.fixture(scope="module")
def operations(server):
    schema = schemathesis.openapi.from_url(f"{server}/openapi.json", headers=HEADERS)
    return [operation.ok() for operation in schema.get_all_operations()]


def test_no_request_makes_it_fail(operations):
    statuses = {}
    for operation in operations:

        @settings(
            max_examples=EXAMPLES.get(operation.path, 10),
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy())
        def check(case):
            if isinstance(case.body, dict) and "model" in case.body:
                case.body["model"] = "tiny"  # or every request would end there
            status = case.call(headers=HEADERS).status_code
            statuses.setdefault(case.operation.path, set()).add(status)
            assert status < 500, case.as_curl_command()

        check()
    assert len(statuses) == len(operations) == 11
    assert statuses["/v1/chat/completions"] >= {200, 400}
