#!/usr/bin/env bash
# Trains the same network on MNIST with the engine, with C++ on OpenBLAS and with NumPy, in turns, and compares the seconds
# of an epoch.
#
#     benchmarks/peers/compare.sh [ROUNDS] [THREADS] [EPOCHS]        # 10 rounds, one thread for each core, 4 epochs a run
#
# In each round every contender runs once with THREADS threads and once with one; the first epoch of each run is left out as
# warm-up. Taking turns spreads the machine's moods over all. All start from the same weights, and their losses must agree.
#
# Needs the .NET SDK and python3. A contender whose tools are missing is left out:
#     C++      sudo apt-get install g++ libopenblas-dev                  CXX=... chooses the compiler
#     NumPy    sudo apt-get install python3-numpy libopenblas0-pthread   PYTHON=... chooses the interpreter that has NumPy
set -euo pipefail

die() {
    echo "compare.sh: $1" >&2
    exit "${2:-1}"
}

leave_out() {
    echo "compare.sh: goes on without $1" >&2
}

cores="$(env -u OMP_NUM_THREADS nproc)"      # nproc heeds OMP_NUM_THREADS
rounds=${1:-10}
threads=${2:-$cores}
epochs=${3:-4}
python=${PYTHON:-python3}
cxx=${CXX:-g++}
seed=42                                      # of the initial weights, as in the golden files
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
peers="$root/benchmarks/peers"
data="$root/data/mnist"

[[ $# -le 3 ]] || die "expected [ROUNDS] [THREADS] [EPOCHS]; found $# arguments" 2
[[ $rounds =~ ^[1-9][0-9]{0,3}$ ]] || die "expected a number of rounds from 1 to 9999; found '$rounds'" 2
[[ $threads =~ ^[1-9][0-9]?$ && $threads -le 64 ]] || die "expected a number of threads from 1 to 64; found '$threads'" 2
[[ $epochs =~ ^[1-9][0-9]{0,3}$ && $epochs -ge 2 ]] || die "expected a number of epochs from 2 to 9999, as the first is left out; found '$epochs'" 2
for file in {train,t10k}-{images-idx3,labels-idx1}-ubyte.gz; do
    [[ -r $data/$file ]] || die "expected the file data/mnist/$file; cannot read it" 2
done
command -v dotnet >/dev/null || die "expected the .NET SDK 10; found no dotnet on the PATH"
"$python" -c '' 2>/dev/null || die "expected Python 3 for the statistics; cannot run '$python'"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
contenders=(engine)

# Built once: what is timed is the program, not the build.
dotnet build "$root/src/Engine.Cli" -c Release --nologo -v quiet >"$work/build.log" || { cat "$work/build.log" >&2; die "the engine's build failed"; }
engine="$(dotnet msbuild "$root/src/Engine.Cli/Engine.Cli.csproj" -p:Configuration=Release -getProperty:TargetPath)"

probe='#include <cblas.h>
int main() { openblas_set_num_threads(1); }'
if ! command -v "$cxx" >/dev/null; then
    leave_out "C++: found no compiler '$cxx' (sudo apt-get install g++ libopenblas-dev)"
elif ! "$cxx" -x c++ - -o "$work/probe" -lopenblas <<<"$probe" 2>"$work/probe.log"; then
    leave_out "C++: $cxx cannot build with OpenBLAS (sudo apt-get install libopenblas-dev):"
    grep -m 1 -i -E 'error|cannot find' "$work/probe.log" >&2 || true
elif ! "$cxx" -O3 -march=native -o "$work/openblas_mnist" "$peers/openblas_mnist.cpp" -lopenblas -lpthread 2>"$work/cxx.log"; then
    cat "$work/cxx.log" >&2
    die "the build of openblas_mnist.cpp failed"
else
    contenders+=(openblas)
fi

if "$python" -c 'import numpy' 2>/dev/null; then
    contenders+=(numpy)
else
    leave_out "NumPy: $python has none (sudo apt-get install python3-numpy libopenblas0-pthread, PYTHON=/usr/bin/python3)"
fi

counts=("$threads")
[[ $threads -eq 1 ]] || counts+=(1)

# One run of a contender ($1) on $2 threads: a JSON object a line on the standard output.
run() {
    case $1 in
        engine)
            dotnet "$engine" train --data "$data" --init glorot-uniform --seed "$seed" --epochs "$epochs" --threads "$2" \
                --quiet --log "$work/log.jsonl" >&2
            cat "$work/log.jsonl"
            ;;
        openblas)
            "$work/openblas_mnist" --data "$data" --seed "$seed" --epochs "$epochs" --threads "$2"
            ;;
        numpy)
            OPENBLAS_NUM_THREADS=$2 OMP_NUM_THREADS=$2 MKL_NUM_THREADS=$2 \
                "$python" "$peers/numpy_mnist.py" --data "$data" --seed "$seed" --epochs "$epochs"
            ;;
    esac
}

echo "CPU:      $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1), $cores cores"
echo "engine:   commit $(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo unknown), .NET SDK $(dotnet --version)" \
    "${DOTNET_MaxVectorTBitWidth:+DOTNET_MaxVectorTBitWidth=$DOTNET_MaxVectorTBitWidth}"

for ((round = 1; round <= rounds; round++)); do
    echo "round $round of $rounds" >&2
    for contender in "${contenders[@]}"; do
        for count in "${counts[@]}"; do
            run "$contender" "$count" >"$work/$contender-$count-$round.jsonl" || die "$contender on $count threads failed in round $round"
        done
    done
done

"$python" "$peers/compare.py" "$work" "$rounds" "$epochs" "$threads" "${contenders[@]}"
