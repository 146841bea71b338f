#!/usr/bin/env bash
# Trains on a data file that is far larger than the heap, and checks time, memory and resume.
#   scripts/check_large_data.sh [GIGABYTES]        (default: 10; needs as much room in TMPDIR)
# The file has short prompts and one column of 14 kB that nothing reads. Printed: the time of cat,
# the time to the first step, the resident memory over the run, and whether a run that is killed and resumed ends with the weights of an undisturbed one.
# KELPIE names another launcher, such as one on classes that are compiled already.
set -eu

root=$(cd "$(dirname "$0")/.." >/dev/null && pwd -P)
kelpie=${KELPIE:-$root/kelpie}
gigabytes=${1:-10}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 - "$gigabytes" "$folder/rows.jsonl" <<'PY'
import sys

pad = "abcdefghij" * 1400
left = int(float(sys.argv[1]) * 1e9)
with open(sys.argv[2], "w", buffering=1 << 20) as rows:
    i = 0
    while left > 0:
        a, b, c, d = i % 10, i // 10 % 10, i // 100 % 10, i // 1000 % 10
        row = '{"id": %d, "prompt": "%d*%d-%d-%d?", "solution": "%s", "answer": "%d"}\n' % (
            i, a, b, c, d, pad, a * b - c - d)
        rows.write(row)
        left -= len(row)
        i += 1
print("rows:", i)
PY

seconds() { date +%s.%N; }
since() { python3 -c "import time; print('%.1f s' % (time.time() - $1))"; }

start=$(seconds)
cat "$folder/rows.jsonl" >/dev/null
echo "cat: $(since "$start")"
start=$(seconds)
sha256sum "$folder/rows.jsonl" >/dev/null
echo "sha256sum: $(since "$start")"

# Processor time of process $1 so far.
cpu() {
  python3 -c "
import os
fields = open('/proc/$1/stat').read().rsplit(')', 1)[1].split()
print('%.1f s' % ((int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')))"
}

options=(-D "data.path=$folder/rows.jsonl" -D data.id=id -D "eval.path=" -D run.seed=1
  -D dashboard.enabled=false -D checkpoint.every=1)

# Resident MiB of process $1, once a second, into file $2.
watch_memory() {
  while kill -0 "$1" 2>/dev/null; do
    sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$1/status" 2>/dev/null | while read -r kib; do
      echo "$(since "$start") $((kib / 1024))"
    done >>"$2"
    sleep 1
  done
}

start=$(seconds)
"$kelpie" -J-Xmx512m train "$root/configs/quickstart.conf" "${options[@]}" -D run.steps=6 \
  --run-dir "$folder/whole" >"$folder/whole.log" 2>&1 &
run=$!
watch_memory "$run" "$folder/memory" &
until ls "$folder"/whole/samples/step-1.txt >/dev/null 2>&1 || ! kill -0 "$run" 2>/dev/null; do
  sleep 0.2
done
echo "first step after: $(since "$start"), $(cpu "$run") of processor time"
wait "$run" || { tail -n 5 "$folder/whole.log"; exit 1; }
echo "resident MiB each tenth of the run: $(awk '{ m[NR] = $3 } END { for (i = 1; i <= 10; i++) printf "%s ", m[int((NR - 1) * i / 10) + 1] }' "$folder/memory")"

"$kelpie" -J-Xmx512m train "$root/configs/quickstart.conf" "${options[@]}" -D run.steps=6 \
  --run-dir "$folder/parts" >"$folder/parts.log" 2>&1 &
run=$!
until [ -e "$folder/parts/checkpoints/step-2/MANIFEST.json" ]; do
  kill -0 "$run" 2>/dev/null || { tail -n 5 "$folder/parts.log"; exit 1; }
  sleep 0.1
done
kill -9 "$run"
wait "$run" 2>/dev/null || true
start=$(seconds)
"$kelpie" -J-Xmx512m train --resume "$folder/parts" >"$folder/parts.log" 2>&1 ||
  { tail -n 5 "$folder/parts.log"; exit 1; }
echo "resumed to the end: $(since "$start")"

sha() { sed -n 's/.*"policy-sha256" : "\([0-9a-f]*\)".*/\1/p' "$1/summary.json"; }
if [ -n "$(sha "$folder/whole")" ] && [ "$(sha "$folder/whole")" = "$(sha "$folder/parts")" ]; then
  echo "resume: exact, $(sha "$folder/whole")"
else
  echo "resume: $(sha "$folder/whole") without a kill, $(sha "$folder/parts") with one"
  exit 1
fi
