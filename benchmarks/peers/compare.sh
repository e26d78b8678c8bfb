#!/usr/bin/env bash
# Trains the same network on MNIST with the engine and with NumPy, in turns, and compares the seconds of an epoch.
#
#     benchmarks/peers/compare.sh [RUNS] [THREADS]        # 10 runs each, one thread for each core
#
# A run is 3 epochs; the first of each run is left out as warm-up. Taking turns spreads the machine's moods over both.
# Needs python3 and a NumPy: Debian's python3-numpy uses OpenBLAS if libopenblas0-pthread is installed.
# PYTHON=... chooses the interpreter that has NumPy.
set -euo pipefail

runs=${1:-10}
cores="$(env -u OMP_NUM_THREADS nproc)"      # nproc heeds OMP_NUM_THREADS, which is set below
threads=${2:-$cores}
python=${PYTHON:-python3}
epochs=3
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

die() {
    echo "compare.sh: $1" >&2
    exit 1
}

[[ $runs =~ ^[1-9][0-9]*$ ]] || die "expected a number of runs from 1; found $runs"
[[ $threads =~ ^[1-9][0-9]*$ ]] || die "expected a number of threads from 1; found $threads"
command -v dotnet >/dev/null || die "expected the .NET SDK 10; found no dotnet on the PATH"
"$python" -c 'import numpy' 2>/dev/null || die "expected NumPy for $python; found none (try PYTHON=/usr/bin/python3)"

# Built once: what is timed is the program, not the build.
dotnet build "$root/src/Engine.Cli" -c Release --nologo -v quiet >"$work/build.log" || { cat "$work/build.log" >&2; die "the build failed"; }
engine="$(dotnet msbuild "$root/src/Engine.Cli/Engine.Cli.csproj" -p:Configuration=Release -getProperty:TargetPath)"

export OPENBLAS_NUM_THREADS=$threads OMP_NUM_THREADS=$threads

echo "CPU:     $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1), $cores cores"
echo "threads: $threads"
echo "engine:  commit $(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo unknown), .NET SDK $(dotnet --version)" \
    "${DOTNET_MaxVectorTBitWidth:+DOTNET_MaxVectorTBitWidth=$DOTNET_MaxVectorTBitWidth}"
"$python" - <<'PYTHON'
import platform
import numpy

# The BLAS that was loaded, not the one that NumPy was built for: on Debian the two differ.
numpy.dot(numpy.ones((2, 2), numpy.float32), numpy.ones((2, 2), numpy.float32))
with open("/proc/self/maps") as maps:
    libraries = sorted({line.split()[-1].rsplit("/", 1)[-1] for line in maps if "blas" in line.lower() and ".so" in line})
print(f"numpy:   {numpy.__version__}, Python {platform.python_version()}, {', '.join(libraries) or 'no BLAS library found'}")
PYTHON
echo "runs:    $runs of each, $epochs epochs a run, the first left out"

for ((run = 1; run <= runs; run++)); do
    dotnet "$engine" train --epochs "$epochs" --threads "$threads" --quiet --log "$work/engine-$run.jsonl"
    "$python" "$root/benchmarks/peers/numpy_mnist.py" --data "$root/data/mnist" --epochs "$epochs" >"$work/numpy-$run.txt"
done

"$python" - "$work" "$runs" "$epochs" <<'PYTHON'
import json
import re
import statistics
import sys

folder, runs, epochs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
engine, peer, ratios = [], [], []
for run in range(1, runs + 1):
    with open(f"{folder}/engine-{run}.jsonl") as file:
        lines = [json.loads(line) for line in file if line.strip()]
    mine = [line["trainSeconds"] for line in lines if "trainSeconds" in line and line["epoch"] > 1]
    with open(f"{folder}/numpy-{run}.txt") as file:
        found = re.findall(r"^epoch (\d+): ([\d.]+) s$", file.read(), re.MULTILINE)
    theirs = [float(seconds) for epoch, seconds in found if int(epoch) > 1]
    if len(mine) != epochs - 1 or len(theirs) != epochs - 1:
        sys.exit(f"compare.sh: expected {epochs - 1} epochs of each in run {run}; found {len(mine)} and {len(theirs)}")
    engine += mine
    peer += theirs
    ratios.append(statistics.median(theirs) / statistics.median(mine))

print()
print(f"{'':8} {'median s':>9} {'min':>7} {'max':>7}")
for name, seconds in (("engine", engine), ("numpy", peer)):
    print(f"{name:8} {statistics.median(seconds):9.3f} {min(seconds):7.3f} {max(seconds):7.3f}")
print(f"numpy / engine: {statistics.median(peer) / statistics.median(engine):.2f} (medians); by run {min(ratios):.2f} to {max(ratios):.2f}")
PYTHON
