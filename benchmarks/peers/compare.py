#!/usr/bin/env python3
"""Checks and compares what compare.sh has measured.

    compare.py FOLDER ROUNDS EPOCHS THREADS CONTENDER...

Reads FOLDER/CONTENDER-THREADS-ROUND.jsonl, one JSON object a line. An object with `epoch` has the `trainSeconds` and the mean
`loss` of an epoch; the last object of a file has the `testAccuracy`. Needs no library.
"""
import json
import math
import statistics
import sys

NAMES = {"engine": "Engine", "openblas": "C++ OpenBLAS", "numpy": "NumPy"}
TOLERANCE = 1e-3        # of the mean loss of the first epoch; rounding differs, and grows with each step


class Run:
    """What one process reported."""

    def __init__(self, path, epochs):
        with open(path, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file if line.strip()]
        found = [line for line in lines if "epoch" in line]
        if [line["epoch"] for line in found] != list(range(1, epochs + 1)):
            fail(f"expected the epochs 1 to {epochs} in {path}; found {[line['epoch'] for line in found]}")
        self.first_loss = found[0]["loss"]
        self.seconds = [line["trainSeconds"] for line in found[1:]]
        self.median = statistics.median(self.seconds)
        self.settings = lines[-1]


def fail(message):
    print(f"compare.py: {message}", file=sys.stderr)
    sys.exit(1)


def ratios(numerator, denominator):
    """Median and range of the ratios by round, from the seconds of two contenders by round."""
    values = [a / b for a, b in zip(numerator, denominator)]
    return f"{statistics.median(values):.2f} [{min(values):.2f} .. {max(values):.2f}]"


def check_losses(runs):
    losses = {key: [run.first_loss for run in rounds] for key, rounds in runs.items()}
    flat = [loss for values in losses.values() for loss in values]
    smallest, largest = min(flat), max(flat)
    if not all(map(math.isfinite, flat)) or largest - smallest > TOLERANCE:
        for (contender, threads), values in losses.items():
            print(f"{NAMES[contender]} {threads}t: {', '.join(map(str, sorted(set(values))))}", file=sys.stderr)
        fail(f"the mean losses of the first epoch differ by more than {TOLERANCE}; no times for a wrong program")
    print(f"loss:     mean of the first epoch {smallest:.6f} to {largest:.6f} in all runs")


def main():
    folder = sys.argv[1]
    rounds, epochs, most = (int(argument) for argument in sys.argv[2:5])
    contenders = sys.argv[5:]
    counts = sorted({most, 1}, reverse=True)
    runs = {(contender, threads): [Run(f"{folder}/{contender}-{threads}-{i}.jsonl", epochs) for i in range(1, rounds + 1)]
            for contender in contenders for threads in counts}

    if "openblas" in contenders:
        settings = runs["openblas", 1][0].settings
        print(f"C++:      compiler {settings['compiler']}, {settings['blas']}")
    if "numpy" in contenders:
        settings = runs["numpy", 1][0].settings
        print(f"NumPy:    {settings['version']}, {settings['blas']}")
    print(f"rounds:   {rounds}, each with {epochs} epochs of each contender, the first left out")
    check_losses(runs)

    print()
    print(f"{'seconds of an epoch':20} {'threads':>7} {'median':>8} {'min':>8} {'max':>8} {'test accuracy':>14}")
    for (contender, threads), all_rounds in runs.items():
        seconds = [value for run in all_rounds for value in run.seconds]
        print(f"{NAMES[contender]:20} {threads:7} {statistics.median(seconds):8.3f} {min(seconds):8.3f} {max(seconds):8.3f}"
              f" {all_rounds[0].settings['testAccuracy']:14.4f}")

    medians = {key: [run.median for run in all_rounds] for key, all_rounds in runs.items()}
    lines = []
    if "openblas" in contenders:
        lines += [(f"C++ {threads}t / Engine {threads}t", medians["openblas", threads], medians["engine", threads]) for threads in counts]
    if "numpy" in contenders:
        fastest = [min(values) for values in zip(*(medians["numpy", threads] for threads in counts))]
        lines.append((f"faster NumPy / Engine {most}t" if most > 1 else "NumPy 1t / Engine 1t", fastest, medians["engine", most]))
    if most > 1:
        lines.append((f"Engine 1t / Engine {most}t", medians["engine", 1], medians["engine", most]))
    if lines:
        print()
        print("ratio of the medians of a round: median [min .. max] of all rounds; above 1 the second is faster")
        for name, numerator, denominator in lines:
            print(f"{name:28} {ratios(numerator, denominator)}")


if __name__ == "__main__":
    main()
