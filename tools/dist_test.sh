#!/usr/bin/env bash
# Test in several processes on this machine: tools/dist_test.sh CONFIG WEIGHTS PROCESSES [FLAGS...]
# One process drives one GPU; without GPUs all of them compute on the CPU.
# Several machines: set NNODES, NODE_RANK, MASTER_ADDR and PORT on each.
set -euo pipefail

if [ $# -lt 3 ]; then
  sed -n '2,4s/^# //p' "$0" >&2
  exit 2
fi
config=$1
weights=$2
processes=$3
shift 3

exec "${PYTHON:-python}" -m torch.distributed.run \
  --nnodes="${NNODES:-1}" \
  --node_rank="${NODE_RANK:-0}" \
  --master_addr="${MASTER_ADDR:-127.0.0.1}" \
  --master_port="${PORT:-29500}" \
  --nproc_per_node="$processes" \
  "$(dirname "$0")/test.py" "$config" "$weights" --launcher pytorch "$@"
