FROM python:3.13-slim AS build
WORKDIR /src
COPY constraints.txt ./
# What builds comes first and by its hash as well: pip would fetch it anew, unasked, for what is there as sources only.
RUN python -m venv /opt/feedhub \
 && sed -n '/^setuptools==/,/[^\\]$/p' constraints.txt >build.txt \
 && /opt/feedhub/bin/pip install --no-cache-dir --require-hashes -r build.txt \
 && /opt/feedhub/bin/pip install --no-cache-dir --require-hashes --no-build-isolation -r constraints.txt
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN /opt/feedhub/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
COPY --from=build /opt/feedhub /opt/feedhub
COPY config/feedhub.toml /etc/feedhub/feedhub.toml
RUN mkdir -p /var/lib/feedhub/var && chown -R 10001:10001 /var/lib/feedhub
ENV PATH=/opt/feedhub/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    FEEDHUB_CONFIG=/etc/feedhub/feedhub.toml
USER 10001:10001
WORKDIR /var/lib/feedhub
VOLUME /var/lib/feedhub
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "from http.client import HTTPConnection; asked = HTTPConnection('127.0.0.1', 8080, timeout=4); asked.request('GET', '/readyz'); exit(asked.getresponse().status != 200)"]
CMD ["feedhub", "run", "--listen", "0.0.0.0:8080"]
