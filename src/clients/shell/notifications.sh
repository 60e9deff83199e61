#!/bin/sh
# A client of the notification service, with nothing but a POSIX shell and curl.
#
#   notifications.sh https://notifications.example.org ./print-token ./handle [WAIT]
#
# ./print-token prints a bearer token. It gets the argument "refresh" when the last token was refused.
# ./handle gets each notification as JSON on its standard input. With exit code 0 the notification is handled, and is
# acknowledged. SIGTERM ends the client after the handler has ended. Exit code 1: the service has refused for good.
#
# The numbers in the comments are the requirements of docs/protocol.md.
set -u
URL=${1%/}/notifications GET_TOKEN=$2 HANDLE=$3 WAIT=${4:-25}
LC_ALL=C && export LC_ALL # awk works on bytes
umask 077                 # the folder has the token: arguments of curl would show it to every user of the machine
DIR=$(mktemp -d) || exit 1
CHILD='' STOP='' SECONDS_TAKEN='' TOKEN='' REFRESH='' FAILURES=0
: >"$DIR/owed" && : >"$DIR/handled"

# P-STOP-1: a request or a pause ends at once. A handler runs in the foreground, and so is waited for.
trap 'STOP=1; [ -z "$CHILD" ] || kill "$CHILD" 2>/dev/null' TERM INT HUP
trap 'rm -rf "$DIR"' EXIT

# Runs a command that SIGTERM may end.
interruptible() {
  "$@" & CHILD=$!
  wait "$CHILD"
  set -- $?
  CHILD=''
  return "$1"
}

# Returns a random number below one.
random() { od -An -N2 -tu2 /dev/urandom | awk '{ print $1 / 65536 }'; }

# P-BACK-1 to 3: a random time up to a maximum that doubles, after the time that the service asked for.
pause() {
  interruptible sleep "$(awk -v n="$FAILURES" -v random="$(random)" -v after="${1:-0}" 'BEGIN {
    max = 0.25; while (--n > 0 && max < 30) max *= 2
    printf "%.3f", after + random * max }')"
}

# Makes one request; STATUS is its status, or "none". The rest are options of curl, the first is its time limit.
exchange() {
  : >"$DIR/body" && : >"$DIR/head" && : >"$DIR/status"
  # P-PROXY-4: without --location no redirect is followed. P-TIME-2: --max-time is for the whole response.
  printf 'header = "Authorization: Bearer %s"\n' "$TOKEN" >"$DIR/config"
  if interruptible curl -q -sS --config "$DIR/config" --connect-timeout 10 --max-filesize 8388608 --max-time "$@" \
    -o "$DIR/body" -D "$DIR/head" -w '%{http_code} %{time_total}' >"$DIR/status" 2>/dev/null; then
    read -r STATUS SECONDS_TAKEN <"$DIR/status" || :
  else
    STATUS=none
  fi
}

# Makes a request with a token. A refused token is replaced once (P-TOKEN-1 and 2). Fails if there is no new one (P-TOKEN-4).
request() {
  while :; do
    RENEWED=$REFRESH
    [ -n "$TOKEN" ] || TOKEN=$($GET_TOKEN $REFRESH) && [ -n "$TOKEN" ] || { TOKEN='' STATUS=none; return; }
    exchange "$@"
    [ "$STATUS" = 401 ] || break
    TOKEN='' REFRESH=refresh
    [ -z "$RENEWED" ] && [ -z "$STOP" ] || return
  done
  case $STATUS in 2*) REFRESH='' ;; esac
}

acknowledge() { request 3 -H 'Content-Type: application/json' -d "$1" "$URL/ack"; } # P-ACK-6: three seconds are enough

# Reads the JSON text in the file "body". Of an answer it writes the cursor, and the id (as it stands) and the whole of each
# notification, to files of their own; of a refusal its code. Fails unless the text is one of the two (P-PROXY-2 and 3).
parse() {
  rm -f "$DIR"/*.id "$DIR"/*.json "$DIR/cursor" "$DIR/error"
  awk -v dir="$DIR/" '
    function skip() { while (substr(s, p, 1) ~ /[ \t\r\n]/) p++ }
    function take(c) { skip(); if (substr(s, p, 1) != c) exit 1; p++ }
    function string(  start, c) {
      start = p
      take("\"")
      while ((c = substr(s, p, 1)) != "\"") {
        if (c < " ") exit 1 # also at the end of the text
        if (c == "\\" && substr(s, p, 6) !~ /^.(["\\\/bfnrt]|u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F])/) exit 1
        p += c == "\\" ? 2 : 1
      }
      return substr(s, start, ++p - start)
    }
    function hex(digits,  i, n) {
      for (i = 1; i <= 4; i++) n = n * 16 + index("0123456789abcdef", tolower(substr(digits, i, 1))) - 1
      return n
    }
    # The text of a string. Control characters and all beyond ASCII stay escaped: no name and no cursor of ours has any.
    function text(raw,  out, c, i) {
      raw = substr(raw, 2, length(raw) - 2)
      while ((i = index(raw, "\\")) > 0) {
        out = out substr(raw, 1, i - 1); c = substr(raw, i + 1, 1); raw = substr(raw, i + 2)
        if (c != "u") { out = out (c ~ /[bfnrt]/ ? "\\" c : c); continue }
        i = hex(raw)
        out = out (i > 31 && i < 127 ? sprintf("%c", i) : "\\u" substr(raw, 1, 4)); raw = substr(raw, 5)
      }
      return out raw
    }
    # "path" has the names of the members that lead here, each after a character that no name has.
    function value(path,  c, start, end, raw) {
      skip(); start = p; c = substr(s, p, 1)
      if (c == "{" || c == "[") {
        end = c == "{" ? "}" : "]"
        if (path == "\001notifications") isList = c == "["
        p++; skip()
        if (substr(s, p, 1) == end) p++
        else do {
          if (c == "[") value(path "\002")
          else { skip(); raw = text(string()); take(":"); value(path "\001" raw) }
          skip(); raw = substr(s, p++, 1)
          if (raw != "," && raw != end) exit 1
        } while (raw == ",")
      } else if (c == "\"") {
        raw = string()
        if (path == "\001notifications\002\001id") id = raw
        else if (path ~ /^.[a-z]+$/) member[substr(path, 2)] = raw
      } else if (match(substr(s, p, 40), /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)/)) p += RLENGTH
      else exit 1
      if (path == "\001notifications\002") {
        if (id == "") exit 1
        ids[++count] = id; id = ""
        whole[count] = substr(s, start, p - start); gsub(/\n/, " ", whole[count])
      }
    }
    { s = s $0 "\n" }
    END {
      p = 1; value(""); skip()
      if (p <= length(s)) exit 1
      if (member["message"] && member["context"] && text(member["error"]) ~ /^ERROR_/) print text(member["error"]) >(dir "error")
      if (!isList || !("cursor" in member)) exit
      printf "%s", text(member["cursor"]) >(dir "cursor")
      print member["cursor"] >(dir "cursor.json")
      for (i = 1; i <= count; i++) { print ids[i] >(dir i ".id"); print whole[i] >(dir i ".json") }
    }' "$DIR/body"
}

# Hands over all notifications of the answer. The cursor is owed when all are handled (P-ACK-3), else those that are, by id.
hand_over() {
  N=0 DONE='' ALL=1
  while N=$((N + 1)) && [ -e "$DIR/$N.id" ]; do
    [ -z "$STOP" ] || { ALL=''; break; }
    if ! grep -Fxqf "$DIR/$N.id" "$DIR/handled"; then # P-DUP-1
      $HANDLE <"$DIR/$N.json" || { ALL='' FAILED=yes; continue; }
      NEWS=new
      tail -n 999 "$DIR/handled" | cat - "$DIR/$N.id" >"$DIR/more" && mv "$DIR/more" "$DIR/handled" # P-DUP-2
    fi
    DONE=$DONE${DONE:+,}$(cat "$DIR/$N.id")
  done
  if [ -n "$ALL" ]; then
    cp "$DIR/cursor" "$DIR/owed" && cp "$DIR/cursor.json" "$DIR/owed.text"
  elif [ -n "$DONE" ]; then
    acknowledge "{\"ids\":[$DONE]}" # P-ACK-7
  fi
}

# Prints the seconds of Retry-After, which may be a date (P-BACK-4); 0 if there are none, at most an hour.
retry_after() {
  awk -v now="$(date +%s)" '
    { sub(/\r$/, "") }
    tolower($1) == "retry-after:" && NF == 2 && $2 ~ /^[0-9]+$/ { seconds = $2 }
    tolower($1) == "retry-after:" && NF == 7 && $7 == "GMT" {
      month = (index("MarAprMayJunJulAugSepOctNovDecJanFeb", $4) - 1) / 3; year = $5 - (month > 9); split($6, time, ":")
      days = 365 * year + int(year / 4) - int(year / 100) + int(year / 400) + int((153 * month + 2) / 5) + $3 - 719469
      seconds = days * 86400 + time[1] * 3600 + time[2] * 60 + time[3] - now
    }
    END { print (seconds > 3600 ? 3600 : seconds < 0 ? 0 : seconds + 0) }' "$DIR/head"
}

while [ -z "$STOP" ]; do
  NEWS='' FAILED=''
  POLL=$(random | awk -v wait="$WAIT" '{ printf "%.3f", wait * (1 - $1 / 10) }') # P-POLL-3
  request "$(awk -v wait="$POLL" 'BEGIN { print wait + 10 }')" --get -d ack=next -d "wait=$POLL" \
    --data-urlencode "cursor@$DIR/owed" "$URL" # P-ACK-4: owed until a request with it succeeds
  case $STATUS in
    204) : >"$DIR/owed" ;;
    200) if parse && [ -e "$DIR/cursor" ]; then : >"$DIR/owed" && hand_over; else FAILED=yes; fi ;;
    400 | 403 | 404 | 405 | 410 | 413 | 414 | 431) # P-PROXY-1
      if parse && [ -e "$DIR/error" ]; then cat "$DIR/error" >&2 && exit 1; else FAILED=yes; fi ;;
    *) FAILED=yes ;;
  esac
  case $FAILED$NEWS$SECONDS_TAKEN in
    yes*) FAILURES=$((FAILURES + 1)) && pause "$(retry_after)" ;;
    0.[0-4]*) [ "$((FAILURES = FAILURES + 1))" = 1 ] || pause ;; # P-BACK-7
    *) FAILURES=0 ;;                                             # P-BACK-5
  esac
done
[ ! -s "$DIR/owed" ] || acknowledge "{\"cursor\":$(cat "$DIR/owed.text")}" # P-ACK-5
