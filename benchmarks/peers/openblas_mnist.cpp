// The seed's network in C++ on OpenBLAS: 784-100-200-10, ReLU, softmax cross-entropy, SGD, minibatch 64, file order.
//
//     g++ -O3 -march=native -o openblas_mnist openblas_mnist.cpp -lopenblas -lpthread
//     ./openblas_mnist [--data data/mnist] [--epochs 10] [--threads 1] [--seed 42]
//
// Debian: sudo apt-get install g++ libopenblas-dev. It unpacks the data with the command gzip.
//
// Prints one JSON object a line: for each epoch its seconds (forward, backward, update) and its mean loss, then the settings
// and the test accuracy. numpy_mnist.py prints the same.
//
// How it is made fast:
// - All pixels are floats before the clock starts.
// - All matrix products are cblas_sgemm; the update is part of the gradient's product: W = W - rate/batch * X'D.
// - OpenBLAS itself stays on one thread, as each product is too small to be shared. The threads here share the rows of the
//   minibatch, wait for one another, share the rows of each W, and wait again: two barriers a step, which spin.
// - Rows are padded to whole cache lines, so that no two threads write to the same line.
#include <cblas.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>
#include <unistd.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

constexpr int Pixels = 784, Classes = 10, Batch = 64, Widest = 200;

[[noreturn]] void fail(const std::string& message) {
    std::fprintf(stderr, "openblas_mnist: %s\n", message.c_str());
    std::exit(2);
}

// A row-major matrix of zeros whose rows start at cache lines.
class Matrix {
public:
    const int stride;

    Matrix(int rows, int columns) : stride((columns + 15) / 16 * 16) {
        size_t bytes = size_t(rows) * stride * sizeof(float);
        _data.reset(static_cast<float*>(std::aligned_alloc(64, bytes)));
        if (!_data) {
            fail("out of memory: " + std::to_string(bytes) + " bytes");
        }
        std::memset(_data.get(), 0, bytes);
    }

    float* row(int index) const { return _data.get() + size_t(index) * stride; }

private:
    struct Free { void operator()(float* memory) const { std::free(memory); } };
    std::unique_ptr<float, Free> _data;
};

// Where threads wait for one another. They spin, as waking a thread takes too long, and soon offer their core to others.
class Barrier {
public:
    explicit Barrier(int threads) : _threads(threads) {}

    void wait() {
        unsigned round = _round.load(std::memory_order_acquire);
        if (_arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == _threads) {
            _arrived.store(0, std::memory_order_relaxed);
            _round.store(round + 1, std::memory_order_release);
            return;
        }
        for (int spins = 0; _round.load(std::memory_order_acquire) == round; spins++) {
#ifdef __x86_64__
            if (spins < 1000) {
                _mm_pause();
                continue;
            }
#endif
            std::this_thread::yield();
        }
    }

private:
    const int _threads;
    alignas(64) std::atomic<int> _arrived{0};
    alignas(64) std::atomic<unsigned> _round{0};
};

// ---- Data

// Reads and checks a gzipped IDX file of bytes; returns what follows the header.
std::vector<uint8_t> readIdx(const std::string& path, const std::vector<uint32_t>& header) {
    if (access(path.c_str(), R_OK) != 0) {
        fail("cannot read " + path + ": " + std::strerror(errno));
    }
    std::string quoted;
    for (char c : path) {
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    FILE* pipe = popen(("gzip -dc < '" + quoted + "'").c_str(), "r");
    if (!pipe) {
        fail(std::string("cannot start gzip: ") + std::strerror(errno));
    }
    std::vector<uint8_t> bytes, buffer(1 << 16);
    while (size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
        bytes.insert(bytes.end(), buffer.begin(), buffer.begin() + count);
    }
    if (pclose(pipe) != 0) {
        fail("gzip could not unpack " + path);
    }
    std::vector<uint8_t> expected;
    size_t size = 1;
    for (uint32_t field : header) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            expected.push_back(uint8_t(field >> shift));
        }
        size *= field == header[0] ? 1 : field;
    }
    if (bytes.size() != expected.size() + size || !std::equal(expected.begin(), expected.end(), bytes.begin())) {
        fail("expected MNIST's header and " + std::to_string(size) + " bytes in " + path + "; found something else");
    }
    bytes.erase(bytes.begin(), bytes.begin() + expected.size());
    return bytes;
}

struct Dataset {
    int count;
    Matrix images;
    std::vector<uint8_t> labels;

    Dataset(const std::string& folder, const std::string& prefix, int size) : count(size), images(size, Pixels) {
        std::vector<uint8_t> bytes = readIdx(folder + "/" + prefix + "-images-idx3-ubyte.gz", {0x803, uint32_t(size), 28, 28});
        labels = readIdx(folder + "/" + prefix + "-labels-idx1-ubyte.gz", {0x801, uint32_t(size)});
        if (*std::max_element(labels.begin(), labels.end()) >= Classes) {
            fail("expected labels below " + std::to_string(Classes) + " in " + folder);
        }
        for (int i = 0; i < size; i++) {
            const uint8_t* pixels = &bytes[size_t(i) * Pixels];
            std::transform(pixels, pixels + Pixels, images.row(i), [](uint8_t pixel) { return pixel / 255.0f; });
        }
    }
};

// ---- Network

struct Layer {
    const int inputs, outputs;
    const float rate;
    Matrix weights, biases;
    Matrix activations, deltas;     // of a minibatch: what the layer gives, and the loss's derivative before the activation

    Layer(int inputs, int outputs, float rate)
        : inputs(inputs), outputs(outputs), rate(rate), weights(inputs, outputs), biases(1, outputs),
          activations(Batch, outputs), deltas(Batch, outputs) {}

    // Glorot-uniform from SplitMix64, the same bits as the engine's.
    void initialize(uint64_t state) {
        double range = std::sqrt(6.0 / (inputs + outputs));
        for (int i = 0; i < inputs; i++) {
            for (int j = 0; j < outputs; j++) {
                uint64_t z = state += 0x9E3779B97F4A7C15;
                z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
                z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
                weights.row(i)[j] = float((2 * (double((z ^ (z >> 31)) >> 11) * 0x1p-53) - 1) * range);
            }
        }
    }
};

class Network {
public:
    Network(uint64_t seed) {
        const int sizes[] = {Pixels, 100, Widest, Classes};
        const float rates[] = {0.05f, 0.05f, 0.1f};
        _layers.reserve(3);
        for (int l = 0; l < 3; l++) {
            _layers.emplace_back(sizes[l], sizes[l + 1], rates[l]).initialize(seed + l);
        }
    }

    // Computes all activations of rows [begin, end) of the minibatch that starts at sample `first`.
    void forward(const Dataset& data, int first, int begin, int end) {
        for (size_t l = 0; l < _layers.size(); l++) {
            Layer& layer = _layers[l];
            const Matrix& input = l == 0 ? data.images : _layers[l - 1].activations;
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, end - begin, layer.outputs, layer.inputs,
                        1, input.row(l == 0 ? first + begin : begin), input.stride, layer.weights.row(0), layer.weights.stride,
                        0, layer.activations.row(begin), layer.activations.stride);
            const float* biases = layer.biases.row(0);
            bool isLast = l + 1 == _layers.size();
            for (int i = begin; i < end; i++) {
                float* z = layer.activations.row(i);
                for (int j = 0; j < layer.outputs; j++) {
                    float sum = z[j] + biases[j];
                    z[j] = isLast || sum > 0 ? sum : 0;
                }
            }
        }
    }

    // After `forward` of the same rows: computes all deltas, not divided by the minibatch's size; returns the sum of the losses.
    double backward(const uint8_t* labels, int begin, int end) {
        Layer& last = _layers.back();
        double loss = 0;
        for (int i = begin; i < end; i++) {
            const float* z = last.activations.row(i);
            float* d = last.deltas.row(i);
            float largest = *std::max_element(z, z + Classes);
            float sum = 0;
            for (int j = 0; j < Classes; j++) {
                sum += d[j] = std::exp(z[j] - largest);
            }
            for (int j = 0; j < Classes; j++) {
                d[j] /= sum;
            }
            d[labels[i]] -= 1;
            loss += std::log(double(sum)) + largest - z[labels[i]];
        }
        for (size_t l = _layers.size() - 1; l > 0; l--) {
            const Layer& layer = _layers[l];
            Layer& below = _layers[l - 1];
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, end - begin, layer.inputs, layer.outputs,
                        1, layer.deltas.row(begin), layer.deltas.stride, layer.weights.row(0), layer.weights.stride,
                        0, below.deltas.row(begin), below.deltas.stride);
            for (int i = begin; i < end; i++) {
                const float* h = below.activations.row(i);
                float* d = below.deltas.row(i);
                for (int j = 0; j < below.outputs; j++) {
                    d[j] = h[j] > 0 ? d[j] : 0;
                }
            }
        }
        return loss;
    }

    // After `backward` of all rows: updates this thread's share of the rows of each W, and whole bias vectors in turn.
    void update(const Dataset& data, int first, int count, int thread, int threads) {
        for (size_t l = 0; l < _layers.size(); l++) {
            Layer& layer = _layers[l];
            const Matrix& input = l == 0 ? data.images : _layers[l - 1].activations;
            int begin = layer.inputs * thread / threads, end = layer.inputs * (thread + 1) / threads;
            float factor = -layer.rate / count;
            cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, end - begin, layer.outputs, count,
                        factor, input.row(l == 0 ? first : 0) + begin, input.stride, layer.deltas.row(0), layer.deltas.stride,
                        1, layer.weights.row(begin), layer.weights.stride);
            if (int(l) % threads == thread) {
                float sums[Widest] = {};
                for (int i = 0; i < count; i++) {
                    const float* d = layer.deltas.row(i);
                    for (int j = 0; j < layer.outputs; j++) {
                        sums[j] += d[j];
                    }
                }
                for (int j = 0; j < layer.outputs; j++) {
                    layer.biases.row(0)[j] += factor * sums[j];
                }
            }
        }
    }

    double accuracy(const Dataset& data) {
        int correct = 0;
        for (int first = 0; first < data.count; first += Batch) {
            int count = std::min(Batch, data.count - first);
            forward(data, first, 0, count);
            for (int i = 0; i < count; i++) {
                const float* z = _layers.back().activations.row(i);
                correct += std::max_element(z, z + Classes) - z == data.labels[first + i];
            }
        }
        return double(correct) / data.count;
    }

private:
    std::vector<Layer> _layers;
};

// One thread's part of the training. Thread 0 keeps the time and prints; `losses` has a place for each thread.
void train(Network& network, const Dataset& data, int epochs, int thread, int threads, Barrier& barrier, std::vector<double>& losses) {
    int steps = (data.count + Batch - 1) / Batch;
    for (int epoch = 1; epoch <= epochs; epoch++) {
        barrier.wait();
        auto start = std::chrono::steady_clock::now();
        double loss = 0;
        for (int first = 0; first < data.count; first += Batch) {
            int count = std::min(Batch, data.count - first);
            int begin = count * thread / threads, end = count * (thread + 1) / threads;
            network.forward(data, first, begin, end);
            loss += network.backward(&data.labels[first], begin, end) / count;
            barrier.wait();
            network.update(data, first, count, thread, threads);
            barrier.wait();
        }
        std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        losses[thread] = loss / steps;
        barrier.wait();
        if (thread == 0) {
            std::printf("{\"epoch\":%d,\"trainSeconds\":%.6f,\"loss\":%.9f}\n", epoch, seconds.count(),
                        std::accumulate(losses.begin(), losses.end(), 0.0));
            std::fflush(stdout);
        }
    }
}

uint64_t parseNumber(const std::string& option, const std::string& text, uint64_t least, uint64_t most) {
    bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    errno = 0;
    uint64_t number = std::strtoull(text.c_str(), nullptr, 10);
    if (!digits || errno != 0 || number < least || number > most) {
        fail("expected a number from " + std::to_string(least) + " to " + std::to_string(most) + " after " + option + "; found '" + text + "'");
    }
    return number;
}

int main(int argc, char** argv) {
    std::map<std::string, std::string> options = {{"--data", "data/mnist"}, {"--epochs", "10"}, {"--threads", "1"}, {"--seed", "42"}};
    for (int i = 1; i < argc; i += 2) {
        if (!options.count(argv[i]) || i + 1 == argc) {
            fail(std::string("expected [--data DIR] [--epochs N] [--threads N] [--seed N]; found ") +
                 (options.count(argv[i]) ? "nothing after " : "") + argv[i]);
        }
        options[argv[i]] = argv[i + 1];
    }
    int epochs = int(parseNumber("--epochs", options["--epochs"], 1, 1000000));
    int threads = int(parseNumber("--threads", options["--threads"], 1, Batch));
    uint64_t seed = parseNumber("--seed", options["--seed"], 0, UINT64_MAX);

    openblas_set_num_threads(1);
    Dataset training(options["--data"], "train", 60000), test(options["--data"], "t10k", 10000);
    Network network(seed);
    Barrier barrier(threads);
    std::vector<double> losses(threads);
    std::vector<std::thread> others;
    for (int thread = 1; thread < threads; thread++) {
        others.emplace_back([&, thread] { train(network, training, epochs, thread, threads, barrier, losses); });
    }
    train(network, training, epochs, 0, threads, barrier, losses);
    std::for_each(others.begin(), others.end(), [](std::thread& other) { other.join(); });
    std::printf("{\"peer\":\"openblas\",\"compiler\":\"%s\",\"blas\":\"%s, %s kernels\",\"threads\":%d,\"seed\":%ju,\"epochs\":%d,"
                "\"testAccuracy\":%.4f}\n", "g++ " __VERSION__, openblas_get_config(), openblas_get_corename(), threads, uintmax_t(seed),
                epochs, network.accuracy(test));
}
