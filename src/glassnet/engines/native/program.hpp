// A network laid out for the kernel: where each matrix lies, and the pieces into which the work on
// its parameters is cut. Pieces are the same on every machine: sums over them have one order.
#pragma once

#include <sys/mman.h>

#include "dots.hpp"

namespace glassnet::GLASSNET_ISA {

constexpr int64_t PIECE_ROWS = 48, PIECE_PANELS = 3;
constexpr int64_t BLOCK_ROWS = 256;  // of a shard's rows that are worked on together, at most
constexpr int64_t CACHE_BYTES = 1 << 19;  // what a core's cache keeps of the parameters, about
constexpr int64_t SHARDS_BYTES = 1 << 22;  // of the gradients of the shards that one thread works on
constexpr int64_t NARROW_BLOCK_BYTES = 240 << 10;  // of samples, where the first layer is narrow

// Memory of the kernel's own, aligned to Lines, zero at first.
template <class T> class Buffer {
public:
    Buffer() {}
    Buffer(const Buffer&) = delete;
    ~Buffer() { std::free(data_); }
    // At least `count` numbers, zero where new; false where the system has no memory left.
    bool reserve(int64_t count) {
        if (count <= size_) return true;
        std::free(data_);
        size_ = 0;
        int64_t bytes = (count * int64_t(sizeof(T)) + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
        const bool large = bytes >= LARGE_PAGE;
        if (large) bytes = (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
        data_ = (T*)std::aligned_alloc(size_t(large ? LARGE_PAGE : LINE_BYTES), size_t(bytes));
        if (!data_) return false;
#if defined(MADV_HUGEPAGE)
        if (large) madvise((void*)data_, size_t(bytes), MADV_HUGEPAGE);
#endif
        std::memset((void*)data_, 0, size_t(bytes));
        size_ = count;
        return true;
    }
    T* get() const { return data_; }
    T& operator[](int64_t i) const { return data_[i]; }

private:
    static constexpr int64_t LARGE_PAGE = 1 << 21;
    T* data_ = nullptr;
    int64_t size_ = 0;
};

// Rows begin … end of panels first … last of one dense layer's W; or its b; or SoftStep's t.
struct Piece {
    int64_t layer, begin, end, first, last, cost;
    bool bias;
};

// A layer's place in the kernel's parameter vector: W as panels of `inputs` rows, then b.
struct Place {
    int64_t weights = -1, biases = -1, transposed = -1, panels = 0;
};

template <class T> class Program {
public:
    static constexpr int L = LANES<T>;
    Description d;
    Buffer<Layer> layers;
    Buffer<double> shift, factor;
    Buffer<Place> places;
    Buffer<Piece> pieces;
    int64_t piece_count = 0, size = 0, transposed_size = 0, first_trained = 0, work = 0;
    int64_t trained_layers;  // that training runs: without the activation that the loss meets
    bool ok = false;

    explicit Program(const Description& from) : d(from) {
        ok = layers.reserve(d.count) && places.reserve(d.count) && shift.reserve(d.inputs + L) &&
             factor.reserve(d.inputs + L);
        if (!ok) return;
        std::memcpy((void*)layers.get(), from.layers, size_t(d.count) * sizeof(Layer));
        d.layers = layers.get();
        d.shift = shift.get();
        d.factor = factor.get();
        if (d.scaled) {
            std::memcpy(shift.get(), from.shift, size_t(d.inputs) * sizeof(double));
            std::memcpy(factor.get(), from.factor, size_t(d.inputs) * sizeof(double));
        }
        first_trained = d.count;
        int64_t count = 0;
        for (int64_t i = 0; i < d.count; i++) {
            Place& place = places[i] = Place();
            const Layer& layer = layers[i];
            if (layer.weights < 0 && layer.biases < 0) continue;
            place.panels = (layer.outputs + L - 1) / L;
            if (layer.weights >= 0) {
                place.weights = size;
                size += place.panels * layer.inputs * L;
                work += layer.inputs * layer.outputs;
                if (first_trained < i || has_dots<T>(layer.inputs, layer.outputs)) {  // ∂L/∂x, or z, asks for Wᵀ
                    place.transposed = transposed_size;
                    transposed_size += (layer.inputs + L - 1) / L * layer.outputs * L;
                }
                count += ((layer.inputs + PIECE_ROWS - 1) / PIECE_ROWS) * place.panels;
            }
            place.biases = size;
            size += place.panels * L;
            count++;
            if (first_trained == d.count) first_trained = i;
        }
        ok = pieces.reserve(count);
        if (ok) cut();
        trained_layers = d.count - (d.loss.on_logits && !d.loss.raw ? 1 : 0);
    }

    // Between the flat vector of Python and the kernel's panels.
    void import(const T* flat, T* own) const {
        each([&](T* line, const T* from, int64_t lanes) {
            for (int l = 0; l < L; l++) line[l] = l < lanes ? from[l] : T(0);
        }, own, flat);
    }
    void export_(const T* own, T* flat) const {
        each([&](const T* line, T* to, int64_t lanes) {
            for (int l = 0; l < lanes; l++) to[l] = line[l];
        }, own, flat);
    }

private:
    template <class F, class Own, class Flat> void each(F copy, Own* own, Flat* flat) const {
        for (int64_t i = 0; i < d.count; i++) {
            const Place& place = places[i];
            const Layer& layer = layers[i];
            for (int64_t j = 0; j < place.panels; j++) {
                int64_t left = layer.outputs - j * L, lanes = left < L ? left : L;
                if (place.weights >= 0)
                    for (int64_t r = 0; r < layer.inputs; r++)
                        copy(own + place.weights + (j * layer.inputs + r) * L,
                             flat + layer.weights + r * layer.outputs + j * L, lanes);
                copy(own + place.biases + j * L, flat + layer.biases + j * L, lanes);
            }
        }
    }

    // Panels in halves of halves, so that two or four threads find equal parts; then rows.
    void cut_panels(int64_t layer, int64_t first, int64_t last) {
        if (last - first > PIECE_PANELS) {
            int64_t middle = first + (last - first) / 2;
            cut_panels(layer, first, middle);
            return cut_panels(layer, middle, last);
        }
        const int64_t inputs = layers[layer].inputs;
        for (int64_t r = 0; r < inputs; r += PIECE_ROWS) {
            int64_t end = r + PIECE_ROWS < inputs ? r + PIECE_ROWS : inputs;
            pieces[piece_count++] = {layer, r, end, first, last, (end - r) * (last - first), false};
        }
    }

    void cut() {
        for (int64_t i = 0; i < d.count; i++) {
            const Place& place = places[i];
            if (place.weights >= 0) cut_panels(i, 0, place.panels);
            if (place.biases >= 0)
                pieces[piece_count++] = {i, 0, 1, 0, place.panels, place.panels, true};
        }
    }
};

}  // namespace glassnet::GLASSNET_ISA
