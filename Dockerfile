# One image for server, worker and one-shot commands: `docker run little-bandung serve`.

FROM python:3.13-slim-trixie AS build
WORKDIR /srv/little-bandung
ENV UV_PYTHON=/opt/venv/bin/python UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1
COPY requirements.lock pyproject.toml README.md ./
# Only what the program needs at run time, each file checked by the hash in the lock; uv and the build backend as well.
RUN python -m venv --without-pip /opt/venv \
 && awk '/^[^ #]/ { wanted = /^uv==/ } wanted' requirements.lock >/tmp/uv.txt \
 && pip install --no-cache-dir --no-deps --require-hashes -r /tmp/uv.txt \
 && printf 'hatchling\neditables\n' >/tmp/build.txt \
 && uv pip install --require-hashes -c requirements.lock -r pyproject.toml -r /tmp/build.txt
COPY app ./app
RUN uv pip install --offline --no-deps --no-build-isolation --editable .
COPY . .
RUN /opt/venv/bin/python -m app.core.catalogues compile \
 && /opt/venv/bin/python -m compileall -q app migrations

FROM python:3.13-slim-trixie
RUN useradd --system --uid 10001 --home-dir /data --create-home little-bandung
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/little-bandung /srv/little-bandung
WORKDIR /srv/little-bandung
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 LB_HOST=0.0.0.0 LB_PORT=8000 LB_DATA_DIR=/data
USER 10001
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["little-bandung"]
CMD ["serve"]
