"""Errors in OpenAI's shape: {"error": {"message", "type", "param", "code"}}."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from octavo.errors import OctavoError
from octavo.inference.engine import Busy

REQUEST, SERVER, RATE, KEY = "invalid_request_error", "server_error", "rate_limit_error", "authentication_error"
_TYPES = {401: KEY, 429: RATE}


class ApiError(Exception):
    """A request that is answered with a fault: HTTP `status`, what is wrong, which parameter, OpenAI's code for it."""

    def __init__(
        self, status: int, message: str, param: str | None = None, code: str | None = None, retry_s: int | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.param, self.code, self.retry_s = status, message, param, code, retry_s

    def body(self) -> dict[str, Any]:
        """The fault as JSON values."""
        kind = _TYPES.get(self.status, SERVER if self.status >= 500 else REQUEST)
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}

    def response(self) -> JSONResponse:
        """The fault as an answer."""
        headers = {} if self.retry_s is None else {"Retry-After": str(self.retry_s)}
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if self.status == 413:
            headers["Connection"] = "close"  # nobody reads the rest
        if self.status == 504:
            headers["X-Should-Retry"] = "false"  # OpenAI's client would ask for the same long answer again
        return JSONResponse(self.body(), self.status, headers)


def api_error(error: Exception) -> ApiError:
    """What a client is told of any exception: a fault of the request as it is, of the server's own nothing."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, Busy):
        return ApiError(429, str(error), code="rate_limit_exceeded", retry_s=1)
    if isinstance(error, OctavoError):
        return ApiError(400, str(error))
    if isinstance(error, TimeoutError):
        return ApiError(504, "the answer took longer than this server allows; ask about fewer pages", code="timeout")
    if isinstance(error, RequestValidationError):
        return _misfit(error.errors()[0])
    if isinstance(error, HTTPException):
        return ApiError(error.status_code, str(error.detail))
    return ApiError(500, "the server failed; its log says how")


async def answer_error(request: Request, error: Exception) -> JSONResponse:
    """The application's handler of exceptions."""
    return api_error(error).response()


def _misfit(fault: dict[str, Any]) -> ApiError:
    """The first fault that the request's description found. What was sent is not repeated: it may be secret."""
    if fault["type"] == "json_invalid":
        return ApiError(400, "the body is not JSON")
    param = _path(fault["loc"][1:])
    if fault["type"] == "extra_forbidden":
        return ApiError(400, f"{param} is not supported here", param, "unsupported_parameter")
    return ApiError(400, f"{param or 'body'}: {fault['msg']}", param or None, "invalid_value")


def _path(location: Sequence[int | str]) -> str:
    return ".".join(str(step)[:60] for step in location)
