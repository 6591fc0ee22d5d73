# The hub in a container: `hub serve` unless a command is given. See docs/operations.md and docker-compose.yml.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/hub
WORKDIR /source
# What is bought in changes seldom and is a layer of its own; every file of it is checked against its hash.
COPY requirements/run.txt requirements/
RUN /opt/hub/bin/pip install --require-hashes --requirement requirements/run.txt
COPY README.md pyproject.toml setup.cfg ./
COPY objects objects
COPY message_log message_log
COPY hub hub
COPY admin admin
COPY scheduler scheduler
RUN /opt/hub/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /var/lib/hub hub \
    && install --directory --mode 700 --owner hub --group hub /var/lib/hub
COPY --from=build /opt/hub /opt/hub
ENV PATH=/opt/hub/bin:$PATH HUB_HOME=/var/lib/hub PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER hub
WORKDIR /var/lib/hub
VOLUME /var/lib/hub
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s --retries=3 CMD ["hub", "health", "web"]
ENTRYPOINT ["hub"]
CMD ["serve", "--host", "0.0.0.0"]
