# Softstep as a container: `docker build -t softstep .`, then see compose.yaml or deploy/kubernetes.yaml.
ARG PYTHON_IMAGE=python:3.13-slim

# -- what pip installs: rebuilt only when the requirements change --
FROM ${PYTHON_IMAGE} AS packages
COPY requirements.txt /
# The environment gets no pip of its own; only wheels are taken, so nothing here needs a compiler.
RUN python3 -m venv --without-pip /opt/python \
 && python3 -m pip --python /opt/python/bin/python install --disable-pip-version-check --no-cache-dir \
      --no-compile --only-binary :all: --require-hashes --requirement /requirements.txt
# Tests, sample data, sources and headers that no request reads, and fonts of which no letter is drawn. Licences stay where their packages put them.
# Hash-based bytecode, never checked again: copying changes times, and the root may be read-only.
RUN find /opt/python/lib -depth -type d \( -name tests -o -name sample_data -o -name include \
      -o -path '*/onnx/backend/test' \) -exec rm -r {} + \
 && find /opt/python/lib -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.pxi' \
      -o -name '*.c' -o -name '*.cpp' -o -name '*.h' -o -name '*.a' \) -delete \
 && find /opt/python/lib -path '*/weblate_fonts/static/*' -type f \
      ! -name 'KurintoSansSC-*' ! -name 'KurintoSansJP-*' ! -name 'KurintoSansKR-*' -delete \
 && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/python/lib

# -- what we wrote: rebuilt in seconds --
FROM ${PYTHON_IMAGE} AS service
COPY LICENSE THIRD-PARTY.md /srv/softstep/
COPY static /srv/softstep/static
COPY app /srv/softstep/app
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /srv/softstep/app

# -- what runs --
FROM ${PYTHON_IMAGE}
COPY --from=packages /opt/python /opt/python
# What seldom changes comes before the code, so that these layers are kept.
WORKDIR /srv/softstep
# Every interface: inside a container the loopback reaches nobody. Matplotlib keeps its font cache in
# MPLCONFIGDIR, the one place that is written, before /readyz says yes: a tmpfs on /tmp is all it needs.
ENV PATH=/opt/python/bin:${PATH} \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    SOFTSTEP_HOST=0.0.0.0 \
    SOFTSTEP_PORT=8000
# A number, so that Kubernetes can see that it is not root; no name needs it.
USER 65532:65532
EXPOSE 8000
STOPSIGNAL SIGTERM
# http.client, unlike urllib, asks nobody on the way: engines hand their own http_proxy to containers.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import http.client, os; web = http.client.HTTPConnection('127.0.0.1', int(os.environ['SOFTSTEP_PORT']), timeout=4); web.request('GET', '/readyz'); raise SystemExit(web.getresponse().status != 200)"]
LABEL org.opencontainers.image.title="Softstep" \
      org.opencontainers.image.description="The mathematics of a first neural-networks course as a web service whose every answer can be trusted." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13-slim"
# Exec form: the service is process 1 and hears SIGTERM itself.
CMD ["python", "-m", "app"]
COPY --from=service /srv/softstep /srv/softstep
ARG REVISION=unknown
LABEL org.opencontainers.image.revision="${REVISION}"
