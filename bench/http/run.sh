#!/bin/sh
# Compares GET of one URL, served by vipad, with a C program on libmicrohttpd that returns the same bytes in
# the same threading mode: requests/s by wrk at 1 and 32 kept-alive connections, runs interleaved; the 32 by one thread
# of wrk, which leaves the server a processor of its own where there are two, and by two, as wrk does by itself.
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

# measure NAME PID URL CONNECTIONS/THREADS: appends requests/s and microseconds of processor time a request.
measure() {
  before=$(ticks "$2")
  wrk -t"${4#*/}" -c"${4%/*}" -d"${seconds}s" -H "$header" "$3" >"$work/out"
  after=$(ticks "$2")
  awk -v ticks=$((after - before)) -v hertz="$(getconf CLK_TCK)" '
    /requests in/ {requests = $1} /^Requests\/sec/ {rate = $2} /Non-2xx|Socket errors/ {bad = 1}
    END {if (bad) exit 1; printf "%d %.1f\n", rate, ticks * 1e6 / hertz / requests}
  ' "$work/out" >>"$work/$1.${4%/*}.${4#*/}" || { cat "$work/out"; exit 1; }
}

loads='1/1 32/1 32/2'
for _ in $(seq "$rounds"); do
  for load in $loads; do
    measure c "$reference" "http://127.0.0.1:$port/" "$load"
    measure vipad "${PID:-}" "$url" "$load"
  done
done

# column FILE FIELD: its median.
column() { sort -n -k"$2,$2" "$1" | awk -v f="$2" '{v[NR] = $f} END {print v[int((NR + 1) / 2)]}'; }

printf '%s bytes, %s rounds of %s s, medians\n' "$(wc -c <"$work/body")" "$rounds" "$seconds"
printf '%11s %12s %12s %7s %10s %12s\n' connections 'C req/s' 'vipad req/s' ratio 'C us CPU' 'vipad us CPU'
for load in $loads; do
  runs=${load%/*}.${load#*/}
  c=$(column "$work/c.$runs" 1)
  vipad=$(column "$work/vipad.$runs" 1)
  printf '%11s %12s %12s %7s %10s %12s\n' "$load" "$c" "$vipad" \
    "$(awk -v a="$vipad" -v b="$c" 'BEGIN {printf "%.2f", a / b}')" \
    "$(column "$work/c.$runs" 2)" "$(column "$work/vipad.$runs" 2)"
done
