# The action's image. Plain instructions only, so that the classic builder and BuildKit both build it.
#
# The base is an argument so that a mirror, or a digest, can stand in for it: --build-arg BASE=python@sha256:…
ARG BASE=python:3.12-slim-bookworm


FROM ${BASE} AS build

WORKDIR /build
COPY requirements/uv.txt requirements/runtime.txt ./
RUN python -m pip install --quiet --no-cache-dir --disable-pip-version-check --root-user-action=ignore \
        --require-hashes --requirement uv.txt

# Wheels only: nothing that is installed here runs code of its own, and no compiler is needed.
# What is deleted is never imported: the packages' own tests (53 MB), what only compilers read (13 MB), and Arrow's
# Flight servers (32 MB). It happens in the same layer, before bytecode is compiled. Bytecode is compiled now because at run
# time nobody may write beside the packages, and each start without it takes three times as long.
RUN UV_PYTHON_DOWNLOADS=never uv venv --quiet --python /usr/local/bin/python3 /opt/venv \
    && uv pip sync --quiet --no-cache --python /opt/venv/bin/python --require-hashes --only-binary :all: runtime.txt \
    && cd /opt/venv/lib/python3*/site-packages \
    && find . -depth -type d \( -name tests -o -path ./joblib/test \) -exec rm -r {} + \
    && find . -type f \( -name "*.pyi" -o -name "*.py[xd]" -o -name "*.px[di]" -o -name "*.a" \
        -o -name "*.[ch]" -o -name "*.cc" -o -name "*.[ch]pp" \) -delete \
    && rm pyarrow/*_flight* \
    && /opt/venv/bin/python -m compileall -q -j 0 . \
    && echo /app >mlgate.pth


FROM ${BASE}

LABEL org.opencontainers.image.title="mlgate" \
      org.opencontainers.image.description="A quality gate for machine-learning pull requests" \
      org.opencontainers.image.source="https://github.com/org/mlgate" \
      org.opencontainers.image.licenses="Apache-2.0"

# git reads the base branch; LightGBM and others need the system's OpenMP (libgomp1, 0.3 MB) in a model's environment. The
# base image brings the standard library without bytecode: 9 MB of it spare each process 0.2 s.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git libgomp1 \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log \
    && python -m compileall -q -x site-packages /usr/local/lib/python3* \
    && useradd --uid 47100 --user-group --create-home --shell /usr/sbin/nologin mlgate

# There is no USER: GitHub's runner mounts its files for root, and the entry point, which holds the token, starts everything
# that reads the repository as the user above (an id that no account of a runner has).
COPY --from=build /opt/venv /opt/venv

# mlgate is found through /opt/venv/…/mlgate.pth and not through PYTHONPATH: the path holds in isolated mode and in
# processes that are given no environment. It comes last, so that a change of mlgate rebuilds nothing above.
COPY LICENSE entrypoint.py /app/
COPY mlgate /app/mlgate
RUN /opt/venv/bin/python -m compileall -q /app

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1

# Exec form: a shell would drop the variables of inputs that have a hyphen. -I: no variable that an earlier step of a job has
# set (PYTHONPATH and others) may bring code into the process that holds the token. -u: log lines in their order.
ENTRYPOINT ["/opt/venv/bin/python", "-Iu", "/app/entrypoint.py"]
