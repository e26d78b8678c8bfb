#!/usr/bin/env python3
"""The seed's network in NumPy: 784-100-200-10, ReLU, softmax cross-entropy, SGD, minibatch 64, file order.

    OPENBLAS_NUM_THREADS=2 python3 benchmarks/peers/numpy_mnist.py [--data data/mnist] [--epochs 10] [--seed 42]

Prints one JSON object a line: for each epoch its seconds (forward, backward, update) and its mean loss, then the settings
and the test accuracy. openblas_mnist.cpp prints the same. NumPy spends its time in a BLAS, which takes its number of
threads from the environment.
"""
import argparse
import gzip
import json
import os
import sys
import time
import zlib

import numpy as np

SIZES = [784, 100, 200, 10]
RATES = [np.float32(0.05), np.float32(0.05), np.float32(0.1)]
BATCH = 64


def read(folder, name, header, count):
    path = os.path.join(folder, name + ".gz")
    try:
        with gzip.open(path) as file:
            content = file.read()
    except (OSError, EOFError, zlib.error) as error:
        fail(f"cannot read {path}: {getattr(error, 'strerror', None) or error}")
    if content[:4] != header or len(content) != count:
        fail(f"expected MNIST's header and {count} bytes in {path}; found something else")
    return np.frombuffer(content, np.uint8, offset=4 * header[3] + 4)


def fail(message):
    print(f"numpy_mnist.py: {message}", file=sys.stderr)
    sys.exit(2)


def initial_weights(inputs, outputs, seed):
    """Glorot-uniform from SplitMix64, the same bits as the engine's."""
    numbers = np.arange(1, inputs * outputs + 1, dtype=np.uint64)
    z = np.uint64(seed % 2**64) + numbers * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    uniform = (z >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return ((2 * uniform - 1) * np.sqrt(6 / (inputs + outputs))).astype(np.float32).reshape(inputs, outputs)


def blas_libraries():
    """The BLAS that was loaded, not the one that NumPy was built for: on Debian the two differ."""
    try:
        with open("/proc/self/maps") as maps:
            names = {os.path.basename(line.split()[-1]) for line in maps}
        return ", ".join(sorted(name for name in names if "blas" in name and ".so" in name)) or "no BLAS library found"
    except OSError:
        return "unknown"


def forward(x, weights, biases):
    outputs = [x]
    for layer, (w, b) in enumerate(zip(weights, biases)):
        z = outputs[-1] @ w
        z += b
        if layer + 1 < len(weights):
            np.maximum(z, 0, out=z)
        outputs.append(z)
    return outputs


def step(x, y, weights, biases, changes):
    """One step of SGD; returns the mean loss before it. `changes` is memory in the shapes of the weights."""
    outputs = forward(x, weights, biases)
    rows = np.arange(len(y))
    d = outputs[-1]
    d -= d.max(axis=1, keepdims=True)
    label_logits = d[rows, y]
    np.exp(d, out=d)
    sums = d.sum(axis=1, keepdims=True)
    d /= sums
    d[rows, y] -= 1
    d /= np.float32(len(y))
    for layer in reversed(range(len(weights))):
        below = (d @ weights[layer].T) * (outputs[layer] > 0) if layer > 0 else None
        d *= RATES[layer]       # here, as d has fewer numbers than the weights
        np.matmul(outputs[layer].T, d, out=changes[layer])
        weights[layer] -= changes[layer]
        biases[layer] -= d.sum(axis=0)
        d = below
    return (np.log(sums[:, 0], dtype=np.float64) - label_logits).mean()


def main():
    parser = argparse.ArgumentParser()
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--data", default=os.path.join(here, "..", "..", "data", "mnist"))
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args()
    if options.epochs < 1 or not 0 <= options.seed < 2**64:
        fail("expected --epochs from 1 and --seed from 0 to 2^64 - 1")

    images = read(options.data, "train-images-idx3-ubyte", b"\0\0\x08\x03", 16 + 60000 * 784).reshape(-1, 784)
    labels = read(options.data, "train-labels-idx1-ubyte", b"\0\0\x08\x01", 8 + 60000)
    test_images = read(options.data, "t10k-images-idx3-ubyte", b"\0\0\x08\x03", 16 + 10000 * 784).reshape(-1, 784)
    test_labels = read(options.data, "t10k-labels-idx1-ubyte", b"\0\0\x08\x01", 8 + 10000)

    weights = [initial_weights(i, o, options.seed + layer) for layer, (i, o) in enumerate(zip(SIZES, SIZES[1:]))]
    biases = [np.zeros(o, np.float32) for o in SIZES[1:]]
    changes = [np.empty_like(w) for w in weights]

    # NumPy is given its best case: all pixels converted to floats beforehand, not counted in the time.
    pixels = images.astype(np.float32) / np.float32(255)
    for epoch in range(1, options.epochs + 1):
        start = time.perf_counter()
        losses = [step(pixels[first:first + BATCH], labels[first:first + BATCH], weights, biases, changes)
                  for first in range(0, len(pixels), BATCH)]
        seconds = time.perf_counter() - start
        print(json.dumps({"epoch": epoch, "trainSeconds": round(seconds, 6), "loss": round(float(np.mean(losses)), 9)}), flush=True)

    logits = forward(test_images.astype(np.float32) / np.float32(255), weights, biases)[-1]
    print(json.dumps({
        "peer": "numpy",
        "version": f"NumPy {np.__version__}, Python {sys.version.split()[0]}",
        "blas": blas_libraries(),
        "threads": os.environ.get("OPENBLAS_NUM_THREADS", "default"),
        "seed": options.seed,
        "epochs": options.epochs,
        "testAccuracy": float((logits.argmax(axis=1) == test_labels).mean()),
    }))


if __name__ == "__main__":
    main()
