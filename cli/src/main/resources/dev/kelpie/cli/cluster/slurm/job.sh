
# The learner and the rewards run on the first node, which runs this script; rollout workers on the
# others, started by srun. All nodes see the same files. A run that exists is resumed: this script is
# started again when the job is requeued.
set -eu
ahead="" child=""
# shellcheck disable=SC2317 # the traps call it
on_signal() {
  ahead=$1
  [ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true
}
trap 'on_signal requeue' USR1 # Slurm's, ahead of the time limit: save, and queue again
trap 'on_signal end' TERM     # of scancel --batch or a preemption: save, and end

say() { echo "kelpie: $*"; }

listed=$(scontrol show hostnames "$SLURM_JOB_NODELIST")
mapfile -t nodes <<<"$listed"
say "job $SLURM_JOB_ID, start $((${SLURM_RESTART_COUNT:-0} + 1)), nodes: ${nodes[*]}"
run=${run:-$runs/$name-slurm-$SLURM_JOB_ID}
if [ -e "$run/experiment.conf" ]; then
  what=(--resume "$run")
else
  what=("$config" --run-dir "$run")
fi
reached=()
if [ ${#nodes[@]} -gt 1 ]; then
  if [ -n "$certificates" ]; then
    mkdir -p "$(dirname "$run")"
    # of all nodes at each start: a requeued job may get others
    "$kelpie" cluster certificates --out "$run-certificates" --days 30 "${nodes[@]}" >/dev/null
    reached+=(-D "cluster.tls-path=\"$run-certificates\"")
  fi
  reached+=(-D "cluster.host=\"${nodes[0]}\"" -D "cluster.bind-host=")
fi
[ -z "$ahead" ] || exit 143 # asked to end before anything began

"$kelpie" cluster srun "${what[@]}" ${changes[@]+"${changes[@]}"} ${reached[@]+"${reached[@]}"} \
  --nodes "$(IFS=,; echo "${nodes[*]}")" --rollout-workers "$workers" &
child=$!
[ -z "$ahead" ] || kill -TERM "$child" # it came in between
code=0
while :; do
  if wait "$child"; then code=0; else code=$?; fi
  # a signal to this script ends the waiting only
  kill -0 "$child" 2>/dev/null || break
done
if [ "$ahead" = requeue ] && [ "$code" -gt 128 ]; then # it was ended by the signal, before its own end
  say "the time limit is near; the run is saved, and the job is queued again"
  exec scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
