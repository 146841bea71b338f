#!/bin/sh
# Looks after the processes of a run on one host, for `kelpie cluster ssh`, which copies this there.
#   cluster-host.sh run RUN NAME ARGUMENT...   runs process NAME with the launcher beside it, and waits
#   cluster-host.sh end RUN SIGNAL [NAME]      sends a signal to process NAME, or to all of the run
#   cluster-host.sh forget RUN                 kills all processes of the run and deletes its folder
set -u

# Whether process $1 is one of this run: a number may have been given to another process since.
is_ours() {
  if [ -r "/proc/$1/cmdline" ]; then
    tr '\0' ' ' <"/proc/$1/cmdline"
  else
    ps -o command= -p "$1"
  fi 2>/dev/null | grep -qF -- "$run "
}

# Sends signal $2 to the process that file $1 names.
send() {
  [ -r "$1" ] && read -r pid <"$1" || return 0
  ! is_ours "$pid" || kill -"$2" "$pid" 2>/dev/null
}

# Waits until the process that file $1 names is gone; it was killed.
await_end() {
  tries=0
  [ -r "$1" ] && read -r pid <"$1" || return 0
  while is_ours "$pid" && [ $tries -lt 50 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
}

action=$1 run=$2
shift 2
here=$(cd "$(dirname "$0")/.." && pwd -P)
case $action in
  run)
    name=$1
    shift
    trap '' HUP INT
    cd "$run" || exit 127
    # one that lost its launcher, or is cut off from it
    send "$name.pid" KILL
    await_end "$name.pid"
    exec 3>&2 2>/dev/null # this shell's own word on a signal
    # shellcheck disable=SC2016 # the inner shell expands it: its number becomes that of the process
    sh -c 'echo $$ >"$0.new" && mv "$0.new" "$0" && exec "$@" 2>&3 3>&-' "$name.pid" "$here/kelpie" "$@"
    code=$?
    rm -f "$name.pid"
    exit $code
    ;;
  end)
    signal=$1
    shift
    for file in "$run"/${1:-*}.pid; do
      send "$file" "$signal"
    done
    ;;
  forget)
    for file in "$run"/*.pid; do
      send "$file" KILL
      await_end "$file"
    done
    [ ! -f "$run/experiment.conf" ] || rm -rf "$run"
    ;;
esac
exit 0
