# bluegreen in a container: the client for CI jobs, or a controller with its applications in the same container.
# docs/how-to/container.md says what that means for updates.

FROM python:3.12-slim AS build
WORKDIR /src
COPY . .
RUN python3 -m venv /opt/bluegreen \
 && /opt/bluegreen/bin/pip install --no-cache-dir '.[all]' \
 && /opt/bluegreen/bin/pip uninstall --yes pip \
 && find /opt/bluegreen -name __pycache__ -prune -exec rm -rf {} +

FROM python:3.12-slim
LABEL org.opencontainers.image.title="bluegreen" \
      org.opencontainers.image.description="Two environments behind one address, one atomic switch, instant rollback." \
      org.opencontainers.image.licenses="Apache-2.0"

# A short path: unix sockets in the home have at most 107 bytes for theirs.
ENV PATH=/opt/bluegreen/bin:$PATH \
    BLUEGREEN_HOME=/var/lib/bluegreen \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
RUN apt-get update && apt-get install --yes --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/bluegreen /opt/bluegreen
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin bluegreen \
 && install --directory --owner=bluegreen --group=bluegreen --mode=0700 /var/lib/bluegreen
USER 10001
WORKDIR /home/bluegreen
VOLUME /var/lib/bluegreen

# Whether the controller answers. What it serves is another matter: that goes on without a controller.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python3", "-c", \
    "import os, pathlib, bluegreen.client as c; c.Client(pathlib.Path(os.environ['BLUEGREEN_HOME'])).controller()"]

# tini is the first process: it collects what instances have left behind, which a container's first process has to.
ENTRYPOINT ["tini", "--", "bluegreen"]
CMD ["serve"]
