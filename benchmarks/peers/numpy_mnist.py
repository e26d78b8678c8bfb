#!/usr/bin/env python3
"""The seed's network in NumPy: 784-100-200-10, ReLU, softmax cross-entropy, SGD, minibatch 64, file order.

Prints the seconds of each epoch (packing, forward, backward, update), then the median and the test accuracy.
NumPy with OpenBLAS is the peer: set OPENBLAS_NUM_THREADS to the threads that Engine gets.

    OPENBLAS_NUM_THREADS=2 python3 benchmarks/peers/numpy_mnist.py [--data data/mnist] [--epochs 10]
"""
import argparse
import gzip
import os
import statistics
import time

import numpy as np

SIZES = [784, 100, 200, 10]
RATES = [np.float32(0.05), np.float32(0.05), np.float32(0.1)]
BATCH = 64


def read(folder, name, offset):
    with gzip.open(os.path.join(folder, name + ".gz")) as file:
        return np.frombuffer(file.read(), np.uint8, offset=offset)


def forward(x, weights, biases):
    outputs = [x]
    for layer, (w, b) in enumerate(zip(weights, biases)):
        z = outputs[-1] @ w
        z += b
        if layer + 1 < len(weights):
            np.maximum(z, 0, out=z)
        outputs.append(z)
    return outputs


def step(x, y, weights, biases):
    outputs = forward(x, weights, biases)
    d = outputs[-1]
    d -= d.max(axis=1, keepdims=True)
    np.exp(d, out=d)
    d /= d.sum(axis=1, keepdims=True)
    d[np.arange(len(y)), y] -= 1
    d /= np.float32(len(y))
    for layer in reversed(range(len(weights))):
        dw = outputs[layer].T @ d
        db = d.sum(axis=0)
        if layer > 0:
            d = (d @ weights[layer].T) * (outputs[layer] > 0)
        dw *= RATES[layer]
        weights[layer] -= dw
        biases[layer] -= RATES[layer] * db


def main():
    parser = argparse.ArgumentParser()
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--data", default=os.path.join(here, "..", "..", "data", "mnist"))
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args()

    images = read(options.data, "train-images-idx3-ubyte", 16).reshape(-1, 784)
    labels = read(options.data, "train-labels-idx1-ubyte", 8)
    test_images = read(options.data, "t10k-images-idx3-ubyte", 16).reshape(-1, 784)
    test_labels = read(options.data, "t10k-labels-idx1-ubyte", 8)

    random = np.random.default_rng(1)
    weights = [(random.standard_normal((i, o)) * np.sqrt(2 / (i + o))).astype(np.float32) for i, o in zip(SIZES, SIZES[1:])]
    biases = [np.zeros(o, np.float32) for o in SIZES[1:]]

    # NumPy is given its best case: all pixels converted to floats beforehand, not counted in the time.
    pixels = images.astype(np.float32) / np.float32(255)
    times = []
    for epoch in range(options.epochs):
        start = time.perf_counter()
        for first in range(0, len(pixels), BATCH):
            step(pixels[first:first + BATCH], labels[first:first + BATCH], weights, biases)
        times.append(time.perf_counter() - start)
        print(f"epoch {epoch + 1}: {times[-1]:.3f} s", flush=True)

    logits = forward(test_images.astype(np.float32) / np.float32(255), weights, biases)[-1]
    accuracy = (logits.argmax(axis=1) == test_labels).mean()
    print(f"numpy {np.__version__}: median {statistics.median(times):.3f} s an epoch, test accuracy {accuracy:.4f}")


if __name__ == "__main__":
    main()
