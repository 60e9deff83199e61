"""A client of the notification service, with nothing but the standard library (Python 3.9 and later).

    def show(notification):          # returns when the notification is handled, or raises
        print(notification["subject"], notification["body"])

    client = Notifications("https://notifications.example.org", get_token)
    client.run(show)                 # until client.stop(), from a signal handler or another thread

The numbers in the comments are the requirements of docs/protocol.md.
"""

import collections
import contextlib
import email.utils
import http.client
import json
import random
import socket
import threading
import time
import urllib.parse

GRACE_SECONDS = 10.0  # P-TIME-1
ACKNOWLEDGE_SECONDS = 3.0  # P-ACK-6: longer is not worth it, since the notification only comes again
QUICK_SECONDS = 0.5  # P-BACK-7: an answer without news that comes sooner is quick
MAX_RETRY_AFTER_SECONDS = 3600.0
MAX_BODY_BYTES = 8 * 1024 * 1024
MAX_HANDLED = 1000  # P-DUP-2
FINAL_STATUSES = (400, 403, 404, 405, 410, 413, 414, 431)


class Refused(Exception):
    """The service refuses for good. `args` are its code, such as `ERROR_FORBIDDEN`, and its message."""


class Failure(Exception):
    """Something failed that may pass. `args` are the reason, and the seconds that the service asked to wait."""


class Notifications:
    """`get_token(refresh)` returns a bearer token: a new one when `refresh` is true, because the last was refused."""

    def __init__(self, url, get_token, wait=25.0):
        self._url = urllib.parse.urlsplit(url)
        self._kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
        self._path = self._url.path.rstrip("/") + "/notifications"
        self._get_token, self._wait, self._token = get_token, wait, None
        self._refresh = False  # the last token was refused, and none has been accepted since
        self._connection = self._socket = self._held = None  # the last is the socket of the last poll
        self._stopping = threading.Event()
        self._handled = collections.OrderedDict()

    def stop(self):
        """Ends `run`, which first lets `handle` return and acknowledges what was handled."""
        self._stopping.set()
        cut(self._held)  # P-STOP-1

    def run(self, handle):
        """Calls `handle` with each notification. Returns when stopped; raises `Refused`."""
        owed = ""  # P-ACK-4: the cursor of the last response that was handled, until a request with it succeeds
        failures = 0
        while not self._stopping.is_set():
            started = time.monotonic()  # P-TIME-4
            try:
                answer, owed = self._poll(owed), ""
                news, owed = self._hand_over(answer, handle)
                is_quick = not news and time.monotonic() - started < QUICK_SECONDS
                failures = failures + 1 if is_quick else 0  # P-BACK-5
                if failures > 1:  # P-BACK-7
                    self._pause(failures - 1)
            except Failure as failure:
                failures += 1
                self._pause(failures, *failure.args[1:])
        if owed:
            self._acknowledge({"cursor": owed})  # P-ACK-5

    def _hand_over(self, answer, handle):
        """Returns whether there was anything new, and the cursor that is owed from now on."""
        done, news, problem = [], False, None
        for notification in answer["notifications"]:
            if self._stopping.is_set():
                break
            if notification["id"] not in self._handled:  # P-DUP-1
                try:
                    handle(notification)
                except Exception as error:
                    problem = error
                    continue
                news = True
                self._handled[notification["id"]] = None
                while len(self._handled) > MAX_HANDLED:
                    self._handled.popitem(last=False)
            done.append(notification["id"])
        if len(done) == len(answer["notifications"]):
            return news, answer["cursor"]
        if done:
            self._acknowledge({"ids": done})  # P-ACK-7
        if problem is None:
            return news, ""
        raise Failure("the application could not handle a notification") from problem

    def _pause(self, failures, retry_after=0.0):
        """P-BACK-1 to 3: a random time up to a maximum that doubles, after the time that the service asked for."""
        self._stopping.wait(retry_after + random.random() * min(30.0, 0.25 * 2 ** min(failures - 1, 10)))

    def _poll(self, cursor):
        wait = self._wait * (1 - random.random() / 10)  # P-POLL-3
        query = urllib.parse.urlencode({"ack": "next", "wait": f"{wait:.3f}", "cursor": cursor})
        status, text = self._request("GET", "?" + query, None, wait + GRACE_SECONDS)
        if status == 204:
            return {"notifications": [], "cursor": ""}
        try:
            answer = json.loads(text, parse_constant=int)  # raises for NaN and Infinity, which are not JSON
            strings = [answer["cursor"], *(notification["id"] for notification in answer["notifications"])]
            if all(isinstance(string, str) for string in strings):
                return answer
        except (ValueError, TypeError, KeyError, RecursionError):
            pass
        raise Failure("the answer is not from the service")  # P-PROXY-3

    def _acknowledge(self, body):
        self._connection = None  # stop() may cut it
        with contextlib.suppress(Failure, Refused):  # P-ACK-6
            self._request("POST", "/ack", json.dumps(body), ACKNOWLEDGE_SECONDS)

    def _request(self, method, path, body, seconds):
        """Returns the status and the body of a response that succeeded. A refused token is replaced once."""
        while True:
            was_renewed = self._refresh
            try:
                self._token = self._token or self._get_token(self._refresh)
            except Exception as error:
                raise Failure("there is no token") from error  # P-TOKEN-4
            status, headers, text = self._exchange(method, path, body, seconds)
            if status == 401:  # P-TOKEN-1
                self._token, self._refresh = None, True
                if was_renewed or self._stopping.is_set():
                    raise Failure("the token was refused")  # P-TOKEN-2, P-ACK-6
                continue
            if status in (200, 204):
                self._refresh = False
                return status, text
            raise refusal_of(status, headers, text)  # P-PROXY-4: a redirect is refused like anything else

    def _exchange(self, method, path, body, seconds):
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        # P-TIME-2: the time-out of a socket is for each read, and a body that drips would never end.
        watch = threading.Timer(seconds, lambda: cut(self._socket))
        watch.daemon = True
        watch.start()
        try:
            if self._connection is None or self._connection.sock is None:  # P-HTTP-2
                self._connection = self._kind(self._url.netloc, timeout=seconds)
                self._connection.connect()
                self._socket = self._connection.sock
            self._held = self._socket if method == "GET" else None
            if self._held and self._stopping.is_set():
                raise Failure("stopped")
            self._connection.request(method, self._path + path, body, headers)
            response = self._connection.getresponse()
            text = response.read(MAX_BODY_BYTES + 1)
            if response.length or len(text) > MAX_BODY_BYTES:
                raise http.client.IncompleteRead(text)
        except (OSError, http.client.HTTPException) as error:
            self._connection = self._socket = None
            raise Failure("the service did not answer") from error
        finally:
            watch.cancel()
        return response.status, response.headers, text


def cut(connected):
    """Ends a wait in another thread. SSLSocket.shutdown ends the encryption first, and that thread might send its token then."""
    with contextlib.suppress(OSError, TypeError):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


def refusal_of(status, headers, text):
    """Only the service's own refusals are final: a proxy answers 404 during a deploy (P-PROXY-1 and 2)."""
    try:
        members = json.loads(text, parse_constant=int)
        own = all(isinstance(members[name], str) for name in ("error", "message", "context"))
        if own and members["error"].startswith("ERROR_") and status in FINAL_STATUSES:
            return Refused(members["error"], members["message"])
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    return Failure(f"the status is {status}", seconds_of(headers.get("Retry-After", "")))


def seconds_of(retry_after):
    """P-BACK-4: seconds or a date; anything else counts as none."""
    if retry_after.isascii() and retry_after.isdigit():
        return min(float(retry_after), MAX_RETRY_AFTER_SECONDS)
    try:
        seconds = email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time()
        return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)
    except (TypeError, ValueError, OverflowError):
        return 0.0
