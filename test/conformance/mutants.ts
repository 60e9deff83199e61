/** A fault that is put into the Python client, as people make it, and words of the cases that should notice it. */
export interface Mutant {
  readonly name: string
  /** Text of the client, which occurs once, and the text in its place. */
  readonly from: string
  readonly to: string
  /** A part of the name of a case, or the number of a requirement. */
  readonly noticedBy: string
}

/** Faults of polls and bodies. */
const askingMutants: readonly Mutant[] = [
  {
    name: 'puts the token into the URL',
    from: '"cursor": cursor})',
    to: '"cursor": cursor, "access_token": self._token or self._get_token(False)})',
    noticedBy: 'P-POLL-1',
  },
  { name: 'sends no token', from: '"Authorization": f"Bearer', to: '"X-Token": f"Bearer', noticedBy: 'P-POLL-1' },
  { name: 'says no wait', from: '"wait": f"{wait:.3f}", ', to: '', noticedBy: 'P-POLL-2' },
  {
    name: 'asks for a longer wait',
    from: '(1 - random.random() / 10)',
    to: '(1 + random.random())',
    noticedBy: 'P-POLL-2',
  },
  { name: 'always takes the whole wait', from: ' * (1 - random.random() / 10)', to: '', noticedBy: 'P-POLL-3' },
  {
    name: 'polls a second time meanwhile',
    from: 'while not self._stopping.is_set():\n            started',
    to: 'other = Notifications(urllib.parse.urlunsplit(self._url), self._get_token, self._wait)\n        threading.Thread(target=lambda: other._poll(""), daemon=True).start()\n        while not self._stopping.is_set():\n            started',
    noticedBy: 'one poll at a time',
  },
  {
    name: 'pauses after news',
    from: 'self._hand_over(answer, handle)\n',
    to: 'self._hand_over(answer, handle)\n                self._stopping.wait(2)\n',
    noticedBy: 'polls again at once after news',
  },
  {
    name: 'pauses after an empty answer',
    from: 'return {"notifications": [], "cursor": ""}',
    to: 'self._stopping.wait(5)\n            return {"notifications": [], "cursor": ""}',
    noticedBy: 'when its time is up',
  },
  {
    name: 'hands the newest over first',
    from: 'for notification in answer["notifications"]:\n            if self',
    to: 'for notification in answer["notifications"][::-1]:\n            if self',
    noticedBy: 'in their order',
  },
  {
    name: 'strips bodies',
    from: 'handle(notification)\n',
    to: 'handle({**notification, "body": notification["body"].strip("{}")})\n',
    noticedBy: 'P-BODY-1',
  },
  {
    name: 'drops the encoding',
    from: 'handle(notification)\n',
    to: 'handle({name: notification[name] for name in notification if name != "encoding"})\n',
    noticedBy: 'a body of bytes',
  },
  {
    name: 'finds the cursor by a search',
    from: 'answer = json.loads(text, parse_constant=int)',
    to: 'answer = {**json.loads(text), "cursor": text.decode().split(\'"cursor":"\')[1].split(\'"\')[0]}',
    noticedBy: 'P-BODY',
  },
  {
    name: 'refuses members that it does not know',
    from: 'if all(isinstance(string, str) for string in strings):',
    to: 'if all(isinstance(string, str) for string in strings) and len(answer) == 3:',
    noticedBy: 'P-BODY-2',
  },
  {
    name: 'reads a part of a large body',
    from: 'MAX_BODY_BYTES = 8 * 1024 * 1024',
    to: 'MAX_BODY_BYTES = 64 * 1024',
    noticedBy: 'P-BODY-4',
  },
]

/** Faults of acknowledgements and duplicates. */
const acknowledgingMutants: readonly Mutant[] = [
  { name: 'lets the service acknowledge', from: '"ack": "next"', to: '"ack": "auto"', noticedBy: 'P-ACK-1' },
  {
    name: 'acknowledges before it hands over',
    from: 'done, news, problem = [], False, None\n',
    to: 'done, news, problem = [], False, None\n        self._acknowledge({"cursor": answer["cursor"]})\n',
    noticedBy: 'P-ACK-2',
  },
  {
    name: 'acknowledges while the application is at work',
    from: 'handle(notification)\n',
    to: 'threading.Timer(0.5, self._acknowledge, [{"ids": [notification["id"]]}]).start()\n                    handle(notification)\n',
    noticedBy: 'while the application is at work',
  },
  { name: 'ignores the cursor', from: 'return news, answer["cursor"]', to: 'return news, ""', noticedBy: 'P-ACK-3' },
  {
    name: 'does not percent-encode the cursor',
    from: 'query = urllib.parse.urlencode({"ack": "next", "wait": f"{wait:.3f}", "cursor": cursor})',
    to: 'query = f"ack=next&wait={wait:.3f}&cursor={cursor}"',
    noticedBy: 'P-ACK-3',
  },
  {
    name: 'changes the cursor',
    from: 'return news, answer["cursor"]',
    to: 'return news, answer["cursor"].lower().replace("k", "K")',
    noticedBy: 'P-ACK-3',
  },
  {
    name: 'keeps the first cursor',
    from: 'news, owed = self._hand_over(answer, handle)',
    to: 'news, owed = self._hand_over(answer, handle)\n                owed = self.__dict__.setdefault("first", owed) or owed',
    noticedBy: 'only the latest cursor',
  },
  {
    name: 'forgets the cursor when its poll fails',
    from: 'except Failure as failure:\n                failures += 1',
    to: 'except Failure as failure:\n                owed = ""\n                failures += 1',
    noticedBy: 'P-ACK-4',
  },
  {
    name: 'forgets the cursor with an expired token',
    from: 'self._token, self._refresh = None, True\n',
    to: 'self._token, self._refresh = None, True\n                path = path.split("&cursor=")[0]\n',
    noticedBy: 'again with a new token',
  },
  {
    name: 'acknowledges nothing when it is stopped',
    from: 'if owed:',
    to: 'if owed and not self._stopping.is_set():',
    noticedBy: 'P-ACK-5',
  },
  {
    name: 'acknowledges all of a response when it is stopped within',
    from: 'if len(done) == len(answer["notifications"]):',
    to: 'if problem is None:',
    noticedBy: 'stopped within a response',
  },
  {
    name: 'waits for its last acknowledgement for ever',
    from: 'ACKNOWLEDGE_SECONDS = 3.0',
    to: 'ACKNOWLEDGE_SECONDS = 300.0',
    noticedBy: 'acknowledgement is not answered',
  },
  {
    name: 'repeats its last acknowledgement until it succeeds',
    from: 'self._acknowledge({"cursor": owed})  # P-ACK-5',
    to: 'while True:\n                self._request("POST", "/ack", json.dumps({"cursor": owed}), 3)',
    noticedBy: 'stopped client whose acknowledgement is refused',
  },
  {
    name: 'acknowledges what the application could not handle',
    from: 'problem = error\n                    continue',
    to: 'problem = error',
    noticedBy: 'P-ACK-7',
  },
  {
    name: 'acknowledges none of a response of which one could not be handled',
    from: 'problem = error\n                    continue',
    to: 'raise Failure("failed") from error',
    noticedBy: 'holds up no other',
  },
  {
    name: 'ends when the application fails',
    from: 'except Exception as error:\n                    problem = error\n                    continue',
    to: 'except ValueError as error:\n                    problem = error\n                    continue',
    noticedBy: 'P-ACK-7',
  },
  {
    name: 'hands repeats over',
    from: 'if notification["id"] not in self._handled:',
    to: 'if True:',
    noticedBy: 'P-DUP-1',
  },
  { name: 'remembers ten ids', from: 'MAX_HANDLED = 1000', to: 'MAX_HANDLED = 10', noticedBy: 'P-DUP-2' },
  {
    name: 'does not acknowledge repeats',
    from: 'done.append(notification["id"])\n        if len(done) == len(answer["notifications"]):',
    to: 'if news:\n                done.append(notification["id"])\n        if len(done) == len(answer["notifications"]):',
    noticedBy: 'P-DUP-1',
  },
  {
    name: 'takes what failed for a repeat',
    from: 'try:\n                    handle(notification)',
    to: 'self._handled[notification["id"]] = None\n                try:\n                    handle(notification)',
    noticedBy: 'P-DUP-3',
  },
  {
    name: 'takes the same body for a repeat',
    from: 'if notification["id"] not in self._handled:',
    to: 'notification["body"] in self._handled or self._handled.update({notification["body"]: 0}) or 1\n            if notification["id"] not in self._handled and list(self._handled).count(notification["body"]) and self.__dict__.setdefault(notification["body"], notification["id"]) == notification["id"]:',
    noticedBy: 'P-DUP-4',
  },
  {
    name: 'takes a delivery count above one for a repeat',
    from: 'if notification["id"] not in self._handled:',
    to: 'if notification["id"] not in self._handled and notification["deliveryCount"] == 1:',
    noticedBy: 'P-DUP-4',
  },
]

/** Faults of pauses, tokens and time-outs, and of answers that are not the service's. */
const failingMutants: readonly Mutant[] = [
  {
    name: 'never backs off',
    from: 'self._pause(failures, *failure.args[1:])',
    to: 'pass',
    noticedBy: 'refused with 503 backs off',
  },
  {
    name: 'pauses for a fifth of a second, always',
    from: 'random.random() * min(30.0, 0.25 * 2 ** min(failures - 1, 10))',
    to: 'random.random() * 0.2',
    noticedBy: 'P-BACK-1',
  },
  {
    name: 'pauses without chance',
    from: 'random.random() * min(30.0',
    to: 'min(30.0',
    noticedBy: 'clients that fail together',
  },
  {
    name: 'adds no chance to Retry-After',
    from: 'retry_after + random.random() *',
    to: 'retry_after or random.random() *',
    noticedBy: 'the same Retry-After',
  },
  {
    name: 'ignores Retry-After',
    from: 'self._pause(failures, *failure.args[1:])',
    to: 'self._pause(failures)',
    noticedBy: 'P-BACK-3',
  },
  {
    name: 'takes Retry-After for milliseconds',
    from: 'float(retry_after), MAX',
    to: 'float(retry_after) / 1000, MAX',
    noticedBy: 'P-BACK-3',
  },
  {
    name: 'ignores the Retry-After of a proxy',
    from: 'return Failure(f"the status is {status}", seconds_of(headers.get("Retry-After", "")))',
    to: 'return Failure(f"the status is {status}", seconds_of(headers.get("Retry-After", "")) if text.startswith(b"{") else 0)',
    noticedBy: 'refused by a proxy waits',
  },
  {
    name: 'does not know dates',
    from: 'seconds = email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time()',
    to: 'seconds = 0.0',
    noticedBy: 'that is a date',
  },
  {
    name: 'breaks at a Retry-After that says nothing',
    from: 'except (TypeError, ValueError, OverflowError):',
    to: 'except OverflowError:',
    noticedBy: '"soon"',
  },
  {
    name: 'takes a huge Retry-After for none',
    from: 'return min(float(retry_after), MAX_RETRY_AFTER_SECONDS)',
    to: 'return float(retry_after) if float(retry_after) < 3600 else 0.0',
    noticedBy: 'huge',
  },
  {
    name: 'never resets its pause',
    from: 'failures = failures + 1 if is_quick else 0',
    to: 'failures = failures + 1 if is_quick else failures',
    noticedBy: 'P-BACK-5',
  },
  {
    name: 'gives up after five failures',
    from: 'failures += 1\n                self._pause',
    to: 'failures += 1\n                if failures > 5:\n                    return\n                self._pause',
    noticedBy: 'never gives up',
  },
  {
    name: 'polls on at once after quick empty answers',
    from: 'if failures > 1:',
    to: 'if failures > 1000000:',
    noticedBy: 'P-BACK-7',
  },
  {
    name: 'does not renew its token',
    from: 'self._token, self._refresh = None, True',
    to: 'self._refresh = True',
    noticedBy: 'P-TOKEN-1',
  },
  {
    name: 'ends at a 401',
    from: 'if status == 401:',
    to: 'if status == 401:\n                raise Refused("ERROR_TOKEN_EXPIRED", "")\n            if status == 401:',
    noticedBy: 'P-TOKEN-1',
  },
  {
    name: 'asks for a token at every request',
    from: 'self._token = self._token or self._get_token(self._refresh)',
    to: 'self._token = self._get_token(self._token is not None)',
    noticedBy: 'P-TOKEN-1',
  },
  { name: 'asks for tokens without a pause', from: 'if was_renewed or', to: 'if', noticedBy: 'P-TOKEN-2' },
  {
    name: 'waits for a new token when it is stopped',
    from: 'if was_renewed or self._stopping.is_set():',
    to: 'if was_renewed:',
    noticedBy: 'P-ACK-6',
  },
  {
    name: 'takes NaN for JSON',
    from: ', parse_constant=int)  # raises',
    to: ')  # raises',
    noticedBy: 'NaN',
  },
  {
    name: 'does not wait for its token',
    from: 'self._token = self._token or self._get_token(self._refresh)',
    to: 'old = self.__dict__.setdefault("old", "token-1")\n                threading.Thread(target=self._get_token, args=[True], daemon=True).start() if not self._token and self._refresh else 0\n                self._token = self._token or (old if self._refresh else self._get_token(False))',
    noticedBy: 'P-TOKEN-3',
  },
  {
    name: 'ends when there is no token',
    from: 'raise Failure("there is no token") from error',
    to: 'raise Refused("ERROR_NO_TOKEN", "") from error',
    noticedBy: 'P-TOKEN-4',
  },
  { name: 'has no time-out', from: 'GRACE_SECONDS = 10.0', to: 'GRACE_SECONDS = 1000.0', noticedBy: 'half-open' },
  {
    name: 'has a time-out of five seconds',
    from: 'GRACE_SECONDS = 10.0',
    to: 'GRACE_SECONDS = 4.0',
    noticedBy: 'P-TIME-1',
  },
  { name: 'has a time-out for each read alone', from: 'watch.start()', to: 'pass', noticedBy: 'that drips' },
  {
    name: 'ends when its connection was cut',
    from: 'raise Failure("the service did not answer") from error',
    to: 'raise',
    noticedBy: 'P-TIME-3',
  },
  {
    name: 'keeps a connection that is broken',
    from: 'self._connection = self._socket = None\n            raise',
    to: 'raise',
    noticedBy: 'P-TIME',
  },
  {
    name: 'takes half a body',
    from: 'if response.length or len(text)',
    to: 'if len(text)',
    noticedBy: 'shorter than its length',
  },
  {
    name: 'takes every error for final',
    from: 'if own and members["error"].startswith("ERROR_") and status',
    to: 'if status',
    noticedBy: 'P-PROXY-2',
  },
  {
    name: 'takes the page of a proxy for final',
    from: '        pass\n    return Failure(f"the status',
    to: '        return Refused("ERROR_HTTP", "") if status == 404 else Failure("")\n    return Failure(f"the status',
    noticedBy: 'status 404 may pass',
  },
  {
    name: 'takes the errors of others for those of the service',
    from: ' and members["error"].startswith("ERROR_")',
    to: '',
    noticedBy: 'JSON of another server',
  },
  {
    name: 'takes no error for final',
    from: 'and status in FINAL_STATUSES',
    to: 'and status == 0',
    noticedBy: 'P-PROXY-1',
  },
  {
    name: 'does not say why it ended',
    from: 'return Refused(members["error"], members["message"])',
    to: 'return Refused("ERROR", "")',
    noticedBy: 'P-PROXY-1',
  },
  {
    name: 'breaks at HTML with status 200',
    from: 'except (ValueError, TypeError, KeyError, RecursionError):\n            pass\n        raise',
    to: 'except (TypeError, KeyError, RecursionError):\n            pass\n        raise',
    noticedBy: 'P-PROXY-3',
  },
  {
    name: 'takes any JSON with status 200 for an answer',
    from: 'if all(isinstance(string, str) for string in strings):\n                return answer\n        except (ValueError, TypeError, KeyError, RecursionError):\n            pass',
    to: 'if strings:\n                return answer\n        except (ValueError, TypeError, KeyError, RecursionError):\n            return {"notifications": [], "cursor": "x"}',
    noticedBy: 'P-PROXY-3',
  },
  {
    name: 'follows redirects with its token',
    from: 'if status in (200, 204):',
    to: 'if "Location" in headers:\n                import urllib.request\n                with contextlib.suppress(OSError, http.client.HTTPException):\n                    urllib.request.urlopen(urllib.request.Request(urllib.parse.urljoin(self._url.geturl(), headers["Location"]), headers={"Authorization": f"Bearer {self._token}"}))\n            if status in (200, 204):',
    noticedBy: 'P-PROXY-4',
  },
  {
    name: 'cannot be stopped while it waits for Retry-After',
    from: 'self._stopping.wait(retry_after +',
    to: 'time.sleep(retry_after +',
    noticedBy: 'stopped while it waits',
  },
  { name: 'polls on after it was stopped', from: 'self._stopping.set()', to: 'pass', noticedBy: 'P-STOP-1' },
]

export const mutants: readonly Mutant[] = [...askingMutants, ...acknowledgingMutants, ...failingMutants]
