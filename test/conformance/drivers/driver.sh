#!/bin/sh
# Drives the shell client by lines of JSON; see docs/conformance.md. The client calls this file again, to print a token and
# to handle a notification, and these parts get the lines of the kit through named pipes.
set -u
case ${1:-} in
  token)
    [ "${3:-}" = refresh ] || exec cat "$2/first-token"
    echo '{"type":"token"}' >&3
    IFS= read -r token <"$2/tokens" && [ "$token" != null ] && echo "$token"
    exit
    ;;
  handle)
    { printf '{"type":"notification","notification":' && tr -d '\n' && echo '}'; } >&3
    IFS= read -r answer <"$2/answers" && [ "$answer" = acknowledge ]
    exit
    ;;
esac

here=$(dirname "$0") dir=$(mktemp -d)
mkfifo "$dir/tokens" "$dir/answers"
trap 'rm -rf "$dir"' EXIT
trap 'exit 0' TERM
exec 3>&1

# Returns a member of a line of the kit, whose strings have no escapes that matter here.
member() { printf '%s\n' "$line" | sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"; }

echo '{"type":"ready","transports":["long-poll"]}'
while IFS= read -r line; do
  type=$(member type)
  case $type in
    start)
      member token >"$dir/first-token"
      {
        sh "$here/../../../src/clients/shell/notifications.sh" "$(member url)" "sh $0 token $dir" "sh $0 handle $dir" \
          "$(member wait)" 2>"$dir/errors" &
        echo $! >"$dir/client"
        wait
        error=$(grep '^ERROR_' "$dir/errors" || :)
        grep -v '^ERROR_' "$dir/errors" >&2
        echo "{\"type\":\"ended\",\"error\":\"$error\"}"
        kill "$$"
      } &
      ;;
    acknowledge | fail) echo "$type" >"$dir/answers" & ;;
    token) member token >"$dir/tokens" & ;;
    stop) kill "$(cat "$dir/client")" ;;
  esac
done
# The kit has ended, and nobody will answer any more: ends the client and its parts.
kill 0
