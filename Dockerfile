# One image for the three services; the command picks which: `docker run litfass render …`.
ARG PYTHON=3.12-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/litfass/venv
# First what seldom changes. The lock has the hash of every file; nothing else is installed.
COPY requirements.lock /opt/litfass/
RUN /opt/litfass/venv/bin/python -m pip install --quiet --no-deps --require-hashes -r /opt/litfass/requirements.lock
COPY LICENSE /opt/litfass/
COPY litfass /opt/litfass/app/litfass
COPY services /opt/litfass/app/services
COPY shared /opt/litfass/app/shared
# As `make install` does it: an import path is a file path, so a line that says where is all the installing there is.
RUN /opt/litfass/venv/bin/python -c 'import pathlib, site; pathlib.Path(site.getsitepackages()[0], "litfass.pth").write_text("/opt/litfass/app\n")' \
    && printf '#!/opt/litfass/venv/bin/python\nimport sys\nfrom litfass.cli import main\nsys.exit(main())\n' > /opt/litfass/venv/bin/litfass \
    && chmod 0755 /opt/litfass/venv/bin/litfass \
    && /opt/litfass/venv/bin/python -m compileall -q /opt/litfass/app

FROM python:${PYTHON}
ENV PATH=/opt/litfass/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 LITFASS_LOG_FORMAT=json
# The page store's folder is here, so that a new volume in its place belongs to the user who writes it.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin litfass \
    && mkdir -p /srv/site /etc/litfass && chown litfass:litfass /srv/site
COPY --from=build /opt/litfass /opt/litfass
USER 10001:10001
WORKDIR /srv
EXPOSE 8081 8082 8083
ENTRYPOINT ["litfass"]
CMD ["--help"]
