# The lab for a class, in a container: docs/hosting.md says how to run it.
#
#   docker build -t glassnet-lab .
#   docker run --rm -p 8765:8765 -e GLASSNET_TOKEN=a-token-of-your-own glassnet-lab

# The page, which is built with Node and needs it no longer.
FROM node:22-slim AS page
WORKDIR /build
COPY web/package.json web/package-lock.json web/
RUN cd web && npm ci
COPY web web
RUN cd web && npm run build

# The wheel, with the native kernel for this image's processors, and every library at its pin.
FROM python:3.13-slim AS wheel
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY requirements.txt ./
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes --requirement requirements.txt
COPY pyproject.toml CMakeLists.txt README.md LICENSE ./
COPY src src
COPY --from=page /build/src/glassnet/lab/page src/glassnet/lab/page
RUN /venv/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel . \
    && /venv/bin/pip install --no-cache-dir --no-deps /wheel/*.whl \
    && /venv/bin/pip uninstall --yes cmake ninja nanobind scikit-build-core

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 glassnet
COPY --from=wheel /venv /venv
USER glassnet
WORKDIR /srv
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MPLBACKEND=Agg
EXPOSE 8765
# The token comes from GLASSNET_TOKEN; without one it says so and ends. The form without a shell
# makes it process 1, which gets the signal of `docker stop`.
ENTRYPOINT ["glassnet", "lab", "--no-browser", "--host", "0.0.0.0", "--port", "8765"]
