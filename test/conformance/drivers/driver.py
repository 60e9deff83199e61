"""Drives the Python client by lines of JSON; see docs/conformance.md."""

import json
import os
import queue
import sys
import threading

sys.path.insert(0, os.environ.get("CLIENT_FOLDER") or os.path.join(os.path.dirname(__file__), "../../../src/clients/python"))
from notifications import Notifications, Refused  # noqa: E402

handled = queue.Queue()
tokens = queue.Queue()


def write(**line):
    print(json.dumps(line), flush=True)


def show(notification):
    write(type="notification", notification=notification)
    if not handled.get():
        raise RuntimeError("the application failed")


def token_of(start):
    def get_token(refresh):
        if not refresh:
            return start["token"]
        write(type="token")
        token = tokens.get()
        if token is None:
            raise RuntimeError("there is no token")
        return token

    return get_token


def run(client):
    error = None
    try:
        client.run(show)
    except Refused as refused:
        error = refused.args[0]
    write(type="ended", error=error)
    os._exit(0)


write(type="ready", transports=["long-poll"])
client = None
for text in sys.stdin:
    line = json.loads(text)
    if line["type"] == "start":
        client = Notifications(line["url"], token_of(line), wait=line["wait"])
        threading.Thread(target=run, args=[client]).start()
    elif line["type"] in ("acknowledge", "fail"):
        handled.put(line["type"] == "acknowledge")
    elif line["type"] == "token":
        tokens.put(line["token"])
    elif line["type"] == "stop":
        client.stop()
# The kit has ended, and nobody will answer any more.
os._exit(1)
