"""Signing in to Kith and keeping the session: tokens by HTTP, kept in the log; errors, and how long to wait.

Letters with a number are the rules of docs/protocol/v1.md.
"""

import asyncio
import http.client
import json
import random
import urllib.error
import urllib.request
import uuid
from urllib.parse import urlsplit

CLIENT = "kith-python/1.0"
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30


class Refused(Exception):
    """An error of the server, over either transport (E1)."""

    def __init__(self, problem):
        super().__init__(f"{problem['code']}: {problem['message']}")
        self.code, self.retry = problem["code"], problem["retry"]
        self.retry_after_s = problem.get("retryAfterMs", 0) / 1000


class SignedOut(Exception):
    """The session is over: only signing in helps (L4)."""


class Backoff:
    """Twice as long each time, up to half a minute, and somewhere in the upper half of it."""

    def __init__(self):
        self.reset()

    def reset(self):
        self._longest_s = FIRST_WAIT_S

    def next_s(self):
        wait_s = self._longest_s * random.uniform(0.5, 1)
        self._longest_s = min(LONGEST_WAIT_S, self._longest_s * 2)
        return wait_s


def sign_in(log, url, username, password):
    """Opens a session, and writes its tokens and the server's address to the log. Raises Refused, OSError, ValueError."""
    server = "{0.scheme}://{0.netloc}".format(urlsplit(url))
    signed_in = _post(f"{server}/v1/sessions", {"username": username, "password": password, "device": CLIENT})
    if log.get("me") not in (None, signed_in["user"]["id"]):
        raise ValueError("this log is another person's: name another file")
    with log.alone():
        log.put("server", server)
        log.put("device", log.get("device") or str(uuid.uuid4()))
        _keep(log, signed_in)


async def renew_tokens(log):
    """Waits until there are fresh ones. Raises SignedOut where there can be none."""
    held, backoff = log.get("tokens"), Backoff()
    while True:
        try:
            with log.alone():  # a refresh token is good for one use (H9), also among processes with one log
                if log.get("tokens") == held:
                    _keep(log, _post(f"{log.get('server')}/v1/sessions/refresh", {"refreshToken": held["refreshToken"]}))
            return
        except Refused as refused:
            if refused.code == "unauthenticated":  # E5
                raise SignedOut from refused
            wait_s = refused.retry_after_s
        except OSError:
            wait_s = 0
        await asyncio.sleep(wait_s or backoff.next_s())


def _keep(log, signed_in):
    log.put("me", signed_in["user"]["id"])
    log.put("tokens", {name: signed_in[name] for name in ("accessToken", "refreshToken", "expiresAt")})


def _post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        if error.headers.get_content_type() != "application/problem+json":  # a proxy's word, not the server's
            raise OSError(f"{url} answered with {error.code}") from error
        raise Refused(json.load(error)) from error
    except http.client.HTTPException as error:
        raise OSError(f"{url} broke off its answer") from error
