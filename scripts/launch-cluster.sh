#!/usr/bin/env bash
# Runs an experiment as several processes, keeps them alive, and ends them in order on Ctrl-C.
#   scripts/launch-cluster.sh local CONFIG --rollout-workers N [-D KEY=VALUE ...] [--run-dir DIR]
#   scripts/launch-cluster.sh local --resume RUN --rollout-workers N
#   scripts/launch-cluster.sh ssh CONFIG [-D KEY=VALUE ...] [--run-dir DIR]     on the machines of cluster.hosts
#   scripts/launch-cluster.sh ssh --resume RUN
#   scripts/launch-cluster.sh slurm CONFIG --nodes N --time TIME [-D KEY=VALUE ...]     as a job, submitted where sbatch is
#   scripts/launch-cluster.sh k8s CONFIG --image NAME --out DIR [-D KEY=VALUE ...]      manifests for kubectl apply
#   scripts/launch-cluster.sh join RUN [--rollout-workers N]
# docs/cluster.md tells more.
set -eu
unset CDPATH # with it, cd would print where it went

file=$0
while [ -L "$file" ]; do
  target=$(readlink "$file")
  case $target in /*) file=$target ;; *) file=$(dirname "$file")/$target ;; esac
done
case ${1:-} in
  slurm) set -- "$@" --submit ;;
esac
exec "$(cd "$(dirname "$file")/.." && pwd -P)/kelpie" cluster "$@"
