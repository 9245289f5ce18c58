#!/bin/sh
# Compares GET of one URL, served by vipad, with a C program on libmicrohttpd that returns the same bytes in
# the same threading mode: requests/s by wrk, runs interleaved.
#
#   bench/http/run.sh URL [ROUNDS [SECONDS]]        e.g. bench/http/run.sh http://127.0.0.1:8600/status
#
# HEADER="NAME: VALUE" is sent with each request; an answer of another status than 200 (304) is copied too.
# Needs cc, libmicrohttpd-dev, curl and wrk. PID=... names the server's process, to show its processor time.
set -eu
url=${1:?usage: bench/http/run.sh URL [ROUNDS [SECONDS]]}
rounds=${2:-5}
seconds=${3:-3}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
reference=
trap '[ -z "$reference" ] || kill "$reference"; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

cc -O2 -o "$work/reference" "$here/reference.c" -lmicrohttpd -lpthread
header=${HEADER:-X-Bench: none}
: >"$work/body"
STATUS=$(curl -fsS -H "$header" -D "$work/head" -o "$work/body" -w '%{http_code}' "$url")
export STATUS
set --
while IFS= read -r line; do
  line=$(printf %s "$line" | tr -d '\r')
  case $line in
  HTTP/* | Date:* | Content-Length:* | Connection:* | '') ;;
  *) set -- "$@" "$line" ;;
  esac
done <"$work/head"

port=18699
"$work/reference" $port thread "$work/body" "$@" &
reference=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
  : >"$work/copy"
  curl -fs -o "$work/copy" -D "$work/copy-head" "http://127.0.0.1:$port/" && break
  sleep 0.1
done
cmp "$work/body" "$work/copy"

ticks() { [ -n "$1" ] && awk '{print $14 + $15}' "/proc/$1/stat" || echo 0; }

# What wrk does: connections, its threads, and `apart` where server and wrk have a processor each. Else the kernel
# places the server's threads, and with one thread of wrk that is half of the result: it keeps all of them off wrk's
# processor, or wakes half of them there, where each takes wrk's turn (perf stat -e migrations: 0.0002 or 0.04 a request).
loads='1/1 32/1 32/1/apart 32/2'
[ "$(nproc)" -gt 1 ] || loads='1/1 32/1 32/2'

# place PID PROCESSORS: a server, with the threads it has and those it will have.
place() { [ -z "$1" ] || taskset -a -c -p "$2" "$1" >/dev/null; }

# poll PID URL CONNECTIONS THREADS [apart]: wrk's report.
poll() {
  wrk="wrk -c$3 -t$4"
  [ "${5:-}" != apart ] || { place "$1" 0 && wrk="taskset -c 1 $wrk"; }
  $wrk -d"${seconds}s" -H "$header" "$2"
  [ "${5:-}" != apart ] || place "$1" "0-$(($(nproc) - 1))"
}

# measure NAME PID URL LOAD: appends requests/s and microseconds of processor time a request.
measure() {
  runs=$work/$1.$(echo "$4" | tr / .)
  before=$(ticks "$2")
  # shellcheck disable=SC2046 # its parts
  poll "$2" "$3" $(echo "$4" | tr / ' ') >"$work/out"
  after=$(ticks "$2")
  awk -v ticks=$((after - before)) -v hertz="$(getconf CLK_TCK)" '
    /requests in/ {requests = $1} /^Requests\/sec/ {rate = $2} /Non-2xx|Socket errors/ {bad = 1}
    END {if (bad) exit 1; printf "%d %.1f\n", rate, ticks * 1e6 / hertz / requests}
  ' "$work/out" >>"$runs" || { cat "$work/out"; exit 1; }
}

for _ in $(seq "$rounds"); do
  for load in $loads; do
    measure c "$reference" "http://127.0.0.1:$port/" "$load"
    measure vipad "${PID:-}" "$url" "$load"
  done
done

[ "$STATUS" = "$(curl -fsS -H "$header" -o /dev/null -w '%{http_code}' "$url")" ] || {
  echo "$url answers with another status than at the beginning: what was compared is not the same" >&2
  exit 1
}

# column FILE FIELD: its median.
column() { sort -n -k"$2,$2" "$1" | awk -v f="$2" '{v[NR] = $f} END {print v[int((NR + 1) / 2)]}'; }

printf '%s bytes, %s rounds of %s s, medians\n' "$(wc -c <"$work/body")" "$rounds" "$seconds"
printf '%12s %12s %12s %7s %10s %12s\n' connections 'C req/s' 'vipad req/s' ratio 'C us CPU' 'vipad us CPU'
for load in $loads; do
  runs=$(echo "$load" | tr / .)
  c=$(column "$work/c.$runs" 1)
  vipad=$(column "$work/vipad.$runs" 1)
  printf '%12s %12s %12s %7s %10s %12s\n' "$load" "$c" "$vipad" \
    "$(awk -v a="$vipad" -v b="$c" 'BEGIN {printf "%.2f", a / b}')" \
    "$(column "$work/c.$runs" 2)" "$(column "$work/vipad.$runs" 2)"
done
