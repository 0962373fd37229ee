// What crosses between Python and the kernel: plain numbers and pointers, no Python, no templates.
#pragma once

#include <atomic>
#include <cstdint>

namespace glassnet {

enum class Operation : int { dense, activation, dropout, step };
enum class Function : int {
    identity, relu, leaky_relu, elu, gelu, silu, softplus, tanh, sigmoid, exponential, softmax
};
enum class LossKind : int { squared, absolute, huber, binary, categorical, poisson };
enum class Rule : int { descent, momentum, nesterov, rmsprop, adam };
enum class Number : int { f32, f64, u8, i8, u16, i16, u32, i32, u64, i64 };

// One layer of the network as the kernel runs it: a Dense of Python is a dense and an activation.
struct Layer {
    Operation operation;
    Function function;
    double slope;             // LeakyReLU's slope, ELU's α, SoftStep's k
    double rate;              // dropout's
    int64_t place;            // in the network, for dropout's random stream
    int64_t inputs, outputs;
    int64_t weights, biases;  // where W and b (or SoftStep's t) begin in the flat vector; −1: none
};

struct Loss {
    LossKind kind;
    bool on_logits;  // ∂L/∂z = ŷ − y; the last activation is the loss's own
    bool raw;        // from_logits: the network's outputs are themselves the logits
    bool mean;       // over a sample's outputs, where they are averaged
    double delta;    // Huber's δ
    double smoothing;
    bool joint;      // a SoftStep that learns beside the others
};

struct Update {
    Rule rule;
    double beta1, beta2, epsilon;
    double l1, l2, decay;
    double clip, max_norm;  // 0: none
};

struct Description {
    const Layer* layers;
    int64_t count;
    Loss loss;
    Update update;
    int64_t inputs, outputs, parameters;
    bool scaled, scale_wide;  // wide: in float64, then rounded
    const double* shift;      // `inputs` numbers each
    const double* factor;
};

struct Samples {
    const void* x;
    Number number;
    int64_t count, row_stride, column_stride;  // in bytes
    const int64_t* classes;                    // targets as class indices, or
    const void* targets;                       // (n, outputs) numbers of the network's dtype
    const double* weights;                     // null: all 1
};

struct Counters {
    int64_t updates, step, epoch, batch;
};

struct Run {
    uint64_t seed;
    int64_t batch_size, shard_rows;
    const int64_t* rows;   // the rows that take part; null: all
    int64_t rows_count;
    bool shuffled;         // each pass in an order of its own, else as they stand
    int64_t steps;         // at most
    const double* rates;   // each step's learning rate; one alone where `constant_rate`
    bool constant_rate;
    double seconds;        // after so long, the step under way is the last
    int threads;
    double* losses;        // out, a number a step
    double* data_losses;
    double* norms;
    int64_t* right;
};

// A layer's figures at the last step, as in Python's LayerReport; `layer` counts those of `layers`.
struct LayerFigures {
    double gradient, update, weights;  // squared Euclidean norms
    double zeros, saturated;           // counts of outputs
    double outputs;                // how many
};

struct Outcome {
    int64_t steps;      // made or tried
    bool finite;        // false: the last one was not applied
    int64_t rows;       // of the last batch
};

template <class T> struct Vectors {
    T* parameters;
    T* slots[2];
};

// A network ready to run: its scratch is kept from run to run.
class Runner {
public:
    virtual ~Runner() {}
    virtual Outcome run(const Samples&, const Run&, void* parameters, void* slot0, void* slot1,
                        Counters&, LayerFigures*) = 0;
    virtual void forward(const Samples&, const void* parameters, void* outputs, int threads,
                         bool logits) = 0;  // logits: without the last layer
    virtual int64_t optimize(const void* gradient, void* parameters, void* slot0, void* slot1,
                             double rate, int64_t t) = 0;
};

}  // namespace glassnet
