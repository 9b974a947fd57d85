#!/usr/bin/env bash
# Train on a Slurm cluster: tools/slurm_train.sh PARTITION JOB_NAME CONFIG [FLAGS...]
# Set GPUS, GPUS_PER_NODE, CPUS_PER_TASK and SRUN_ARGS to change the size of the job.
set -euo pipefail

if [ $# -lt 3 ]; then
  sed -n '2,3s/^# //p' "$0" >&2
  exit 2
fi
partition=$1
job_name=$2
config=$3
shift 3
gpus=${GPUS:-1}
per_node=${GPUS_PER_NODE:-$gpus}
read -r -a extra <<<"${SRUN_ARGS:-}"

exec srun --partition="$partition" --job-name="$job_name" --kill-on-bad-exit=1 \
  --gres="gpu:$per_node" --ntasks="$gpus" --ntasks-per-node="$per_node" \
  --cpus-per-task="${CPUS_PER_TASK:-4}" ${extra[@]+"${extra[@]}"} \
  "${PYTHON:-python}" -u "$(dirname "$0")/train.py" "$config" --launcher slurm "$@"
