#!/usr/bin/env bash
# Runs vxpipe in a container that has the machine's NVIDIA GPUs, and builds its image first where that is missing.
#   API_KEY=... scripts/run_gpu_container.sh                                the service, on http://127.0.0.1:8000 (VXPIPE_PORT)
#   scripts/run_gpu_container.sh doctor                                     whether the GPUs work in there, and if not, why
#   scripts/run_gpu_container.sh run clip.mp4 --out frames --clip           files below the folder it is called in
# The service's data is in the volume `vxpipe`. Variables of vxpipe's are handed on, but for those that name places of this machine; so is
# CUDA_VISIBLE_DEVICES. CONTAINER_CLI=podman runs it with another program. Exit status: vxpipe's own; 2 where something is missing here.
set -euo pipefail
from=$PWD
# shellcheck source-path=SCRIPTDIR source=container.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/container.sh"

image=vxpipe:$version-gpu
said=$("$cli" info 2>&1 >/dev/null) || stop "$cli does not answer: $said" 2
# Of an engine on another machine only the trial below can tell.
if [ -z "${DOCKER_HOST:-}${CONTAINER_HOST:-}" ] && ! said=$(timeout 20 nvidia-smi -L 2>&1); then
  stop "no NVIDIA GPU: nvidia-smi names none (${said:-it is not there or does not answer}); install NVIDIA's driver" 2
fi

gpus=(--gpus all) mine=(--user "$(id -u):$(id -g)")
if [ "$(basename -- "$cli")" = podman ]; then
  gpus=(--device nvidia.com/gpu=all) # by the CDI file that `nvidia-ctk cdi generate` writes
  [ "$(id -u)" = 0 ] || mine=(--userns keep-id)
fi
"$cli" image inspect "$image" >/dev/null 2>&1 || scripts/docker_build.sh --gpu
if ! said=$("$cli" run --rm "${gpus[@]}" --entrypoint nvidia-smi "$image" -L 2>&1); then
  stop "a container gets no GPU here: $said
Install nvidia-container-toolkit, then \`nvidia-ctk runtime configure --runtime=docker\` and start docker again; for podman,
\`nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml\`." 2
fi

handed=()
for name in $(compgen -e); do
  case $name in
    VXPIPE_HOST | VXPIPE_PORT | VXPIPE_DATA_DIR | VXPIPE_FFMPEG | VXPIPE_FFPROBE | VXPIPE_CREDENTIALS_DIR) ;;
    VXPIPE_* | API_KEY | CORS_ORIGINS | MAX_VIDEOS_PER_REQUEST | DEBUG_PIPELINE | JOB_INPUT | CUDA_VISIBLE_DEVICES) handed+=(--env "$name") ;;
  esac
done
[ -t 0 ] && [ -t 1 ] && handed+=(--interactive --tty)
case ${1:-serve} in
  run) places=(--volume "$from:/here" --workdir /here "${mine[@]}") ;;
  serve) places=(--volume vxpipe:/data --stop-timeout 30 --publish "127.0.0.1:${VXPIPE_PORT:-8000}:8000") ;;
  *) places=(--volume vxpipe:/data) ;;
esac
exec "$cli" run --rm "${gpus[@]}" ${handed[@]+"${handed[@]}"} "${places[@]}" "$image" "$@"
