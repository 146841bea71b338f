#!/usr/bin/env bash
# Runs a process of a run in a container, as the manifests of `kelpie cluster k8s` call it.
#   cluster-pod.sh learner RUN HOST ARGUMENT...      the learner, which others reach as HOST
#   cluster-pod.sh worker ROLES DOMAINS ARGUMENT...  a worker, which others reach by a name in one of DOMAINS
#   cluster-pod.sh live|ready PORT                   asks the process in this container
# POD_IP and POD_NAME are those of the pod; KELPIE_CONFIG is the folder with the experiment.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd -P)
over=${TMPDIR:-/tmp}/kelpie-over # the run has ended, and its process with it
child=""

say() { echo "kelpie: $*" >&2; }

# Stores the experiment in run folder $1, the file that makes it one last.
lay_out() {
  [ ! -e "$1/experiment.conf" ] || return 0
  local file
  mkdir -p "$1"
  for file in "$KELPIE_CONFIG"/experiment-*.conf "$KELPIE_CONFIG/experiment.conf"; do
    [ -e "$file" ] || continue # no stages
    cp "$file" "$1/.new"
    mv "$1/.new" "$1/${file##*/}"
  done
}

# Runs Kelpie as a child, which is ended in order with this container. Sets code.
run() {
  code=0
  trap 'kill -TERM "$child" 2>/dev/null || true' TERM
  "$here/kelpie" "$@" &
  child=$!
  while :; do
    if wait "$child"; then code=0; else code=$?; fi
    kill -0 "$child" 2>/dev/null || break # a signal to this shell ends the waiting only
  done
}

# Waits without a process of Java; ends with the container.
idle() {
  trap 'exit 0' TERM
  sleep infinity &
  child=$!
  wait "$child"
}

# Sets host to a name of this pod in one of the domains $@ that others resolve to its address.
find_host() {
  local dashed=${POD_IP//[.:]/-} domain name tries
  for ((tries = 0; tries < 60; tries++)); do
    for domain in "$@"; do
      for name in "$dashed" "$POD_NAME"; do
        host=$name.$domain
        case $(getent ahosts "$host" 2>/dev/null || true) in
          "$POD_IP "*) return 0 ;;
        esac
      done
    done
    sleep 1
  done
  say "no name of this pod in $* resolves to $POD_IP (expected: the cluster's DNS to name the endpoints of a headless service)"
  exit 2
}

action=$1
shift
case $action in
  learner)
    folder=$1 host=$2
    shift 2
    rm -f "$over"
    lay_out "$folder"
    run train --resume "$folder" --roles learner --host "$host" --bind-host "$POD_IP" "$@"
    [ "$code" -eq 0 ] || exit "$code"
    say "the run is over; its folder is $folder"
    : >"$over"
    idle
    ;;
  worker)
    roles=$1
    read -r -a domains <<<"$2"
    shift 2
    folder=$HOME/run
    lay_out "$folder"
    find_host "${domains[@]}"
    while :; do
      run node "$folder" --roles "$roles" --name "$POD_NAME" --host "$host" --bind-host "$POD_IP" "$@"
      [ "$code" -eq 0 ] || exit "$code"
      sleep 5 # the learner ended in order; it may come back
    done
    ;;
  live | ready)
    if [ -e "$over" ]; then
      [ "$action" = live ]
      exit
    fi
    exec 3<>"/dev/tcp/127.0.0.1/$1"
    printf 'GET /%s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$action" "$1" >&3
    read -r _ status _ <&3
    [ "$status" = 200 ]
    ;;
  *)
    say "$action (expected: learner, worker, live or ready)"
    exit 2
    ;;
esac
