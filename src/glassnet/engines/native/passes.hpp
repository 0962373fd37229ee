// One block of rows through the network: forward, loss, backward to every layer's ∂L/∂z, and the
// products xᵀ ∂L/∂z. Each thread takes rows of the block, then pieces of the parameters.
#pragma once

#include "dots.hpp"
#include "losses.hpp"
#include "program.hpp"
#include "tile.hpp"

namespace glassnet::GLASSNET_ISA {

// The matrices of a block: what layers read and leave. A view; the memory is below.
template <class T> struct Block {
    Matrix<T> input;
    Matrix<T> *outputs, *deltas, *masks;  // by layer
    Matrix<T> spare;                      // the last activation, where the loss swallowed it
    double* losses;                       // by row
    int64_t* right;

    const Matrix<T>& before(int64_t i) const { return i ? outputs[i - 1] : input; }
};

template <class T> constexpr int64_t whole_lines(int64_t columns) {
    return (columns + LANES<T> - 1) / LANES<T> * LANES<T>;
}

template <class T> class BlockMemory {
public:
    Block<T> block;

    bool reserve(const Program<T>& p, int64_t rows) {
        if (rows <= rows_) return true;
        rows |= 1;  // an odd number of Lines a panel: panels' first Lines do not all share one set of the cache
        const int64_t n = p.d.count;
        if (!outputs_.reserve(n) || !deltas_.reserve(n) || !masks_.reserve(n) || !losses_.reserve(rows) ||
            !right_.reserve(rows))
            return false;
        int64_t total = (whole_lines<T>(p.d.inputs) + whole_lines<T>(p.d.outputs)) * rows;
        for (int64_t i = 0; i < n; i++) total += 3 * whole_lines<T>(p.layers[i].outputs) * rows;
        if (!numbers_.reserve(total)) return false;
        T* next = numbers_.get();
        auto make = [&](int64_t columns) {
            Matrix<T> m{next, columns, LANES<T>, rows * LANES<T>};
            next += whole_lines<T>(columns) * rows;
            return m;
        };
        block = {make(p.d.inputs), outputs_.get(), deltas_.get(), masks_.get(), make(p.d.outputs),
                 losses_.get(), right_.get()};
        for (int64_t i = 0; i < n; i++) {
            const Layer& layer = p.layers[i];
            // An activation of a Dense that needs only y overwrites z.
            bool in_place = i && layer.operation == Operation::activation && !needs_logits(layer.function) &&
                            layer.function != Function::softmax &&
                            p.layers[i - 1].operation == Operation::dense &&
                            p.layers[i - 1].place == layer.place &&  // else z is a layer's own output
                            !(i + 1 < n && p.layers[i + 1].operation == Operation::step);
            outputs_[i] = in_place ? outputs_[i - 1] : make(layer.outputs);
            // ∂L/∂y becomes ∂L/∂z in place.
            deltas_[i] = i && layer.operation == Operation::activation ? deltas_[i - 1] : make(layer.outputs);
            bool scratch = layer.operation == Operation::dropout || layer.operation == Operation::step;
            masks_[i] = scratch ? make(layer.outputs) : Matrix<T>();
        }
        rows_ = rows;
        return true;
    }

private:
    Buffer<T> numbers_;
    Buffer<Matrix<T>> outputs_, deltas_, masks_;
    Buffer<double> losses_;
    Buffer<int64_t> right_;
    int64_t rows_ = 0;
};

// Parameters as the passes read them: the vector, and each Wᵀ that ∂L/∂x needs.
template <class T> struct Weights {
    T* vector;
    T* transposed;
};

// z = x W + b for rows begin … end and some panels of a dense layer.
template <class T>
void dense(const Program<T>& p, const Weights<T>& w, const Block<T>& b, int64_t i, int64_t begin, int64_t end,
           int64_t first_panel, int64_t last_panel) {
    constexpr int L = LANES<T>;
    const Layer& layer = p.layers[i];
    const Place& place = p.places[i];
    const Matrix<T>&x = b.before(i), &y = b.outputs[i];
    if (has_dots<T>(layer.inputs, layer.outputs))
        return dots<T>({x, w.transposed + place.transposed, layer.outputs, w.vector + place.biases, y,
                        layer.function == Function::relu, x.row == L ? 0 : end - begin},
                       begin, end);
    const bool worth_it = end - begin >= 4 && (14 - layer.outputs) * layer.inputs >= 100;
    if (is_narrow<T>(layer.outputs) && (worth_it || x.row != L))
        return narrow_dense<T>({x, w.vector + place.weights, w.vector + place.biases, y,
                                layer.function == Function::relu},
                               begin, end, int(layer.outputs));
    product<T, Reading::rows>({x.at(begin, 0), x.panel, w.vector + place.weights + first_panel * layer.inputs * L,
                               layer.inputs * L, y.at(begin, first_panel), y.panel, layer.inputs, false,
                               w.vector + place.biases + first_panel * L, layer.function == Function::relu},
                              end - begin, last_panel - first_panel);
}

template <class T>
void forward_layer(const Program<T>& p, const Weights<T>& w, const Block<T>& b, int64_t i, int64_t begin, int64_t end) {
    const Layer& layer = p.layers[i];
    const Place& place = p.places[i];
    const Matrix<T>&x = b.before(i), &y = b.outputs[i];
    switch (layer.operation) {
        case Operation::dense:
            dense(p, w, b, i, begin, end, 0, place.panels);
            break;
        case Operation::activation:
            activate(layer.function, x, y, T(layer.slope), begin, end);
            break;
        case Operation::dropout:
            multiply(x, b.masks[i], y, begin, end);
            break;
        case Operation::step: {  // ŷ = σ(k(p − t))
            Line<T> t = Line<T>::all(w.vector[place.biases]);
            for (int64_t r = begin; r < end; r++)
                logistic((Line<T>::load(x.at(r, 0)) - t) * T(layer.slope)).store(y.at(r, 0));
            break;
        }
    }
}

// SoftStep behind a sigmoid under binary cross-entropy: ∂L/∂z of k(p − t), and ∂L/∂p (joint: that
// of BCE(p, y), by its logits: then `deltas[i − 1]` is ∂L/∂z of the sigmoid already).
template <class T>
void step_loss(const Program<T>& p, const Weights<T>& w, const Targets<T>& t, const Block<T>& b, int64_t begin,
               int64_t end) {
    const int64_t i = p.d.count - 1;
    const Layer& layer = p.layers[i];
    const T threshold = w.vector[p.places[i].biases], k = T(layer.slope);
    const Matrix<T>&probability = b.before(i), &delta = b.deltas[i], &below = b.deltas[i - 1];
    const Matrix<T>& logits = b.outputs[i - 2];
    const Loss& loss = p.d.loss;
    for (int64_t r = begin; r < end; r++) {
        Line<T> z = (Line<T>::load(probability.at(r, 0)) - threshold) * k;
        z.store(b.spare.at(r, 0));
    }
    elementwise(loss, t, b.spare, delta, begin, end);
    if (loss.joint) {  // the answers stay those of ŷ
        for (int64_t r = begin; r < end; r++) b.masks[i].at(r, 0)[0] = T(t.right[r]);
        elementwise(loss, t, logits, below, begin, end);
        for (int64_t r = begin; r < end; r++) t.right[r] = b.masks[i].at(r, 0)[0] != 0;
    } else {
        for (int64_t r = begin; r < end; r++) (Line<T>::load(delta.at(r, 0)) * k).store(below.at(r, 0));
    }
}

// Rows begin … end of the block, forward and back; `done` layers of the way forward are behind.
// Returns whether all numbers are tame: |y| and |∂L/∂z| below a million, so that no gradient can
// overflow.
template <class T>
bool rows_through(const Program<T>& p, const Weights<T>& w, const Targets<T>& t, const Block<T>& b,
                  uint64_t seed, int64_t step, int64_t first_row, int64_t begin, int64_t end, int64_t done) {
    constexpr int L = LANES<T>;
    Mask<T> wild = ~(Line<T>::all(0) == T(0));
    auto look = [&](const Matrix<T>& m) {
        for (int64_t j = 0; j < m.panels(); j++)
            for (int64_t r = begin; r < end; r++) wild = wild | untamed(Line<T>::load(m.at(r, j)));
    };
    for (int64_t i = 0; i < p.trained_layers; i++) {
        const Layer& layer = p.layers[i];
        if (layer.operation == Operation::dropout)
            draw_mask(seed, step, layer.place, layer.rate, first_row, b.masks[i], begin, end);
        if (i >= done) forward_layer(p, w, b, i, begin, end);
        if (i + 1 == p.trained_layers || p.layers[i + 1].operation != Operation::activation) look(b.outputs[i]);
    }
    int64_t i = p.trained_layers - 1;
    const Loss& loss = p.d.loss;
    if (p.layers[i].operation == Operation::step) {
        step_loss(p, w, t, b, begin, end);
        look(b.deltas[i--]);
        if (loss.joint) i--;  // past the sigmoid: its ∂L/∂z is there
    } else if (loss.kind == LossKind::categorical) {
        cross_entropy(loss, t, b.outputs[i], b.deltas[i], begin, end);
    } else {
        elementwise(loss, t, b.outputs[i], b.deltas[i], begin, end);
    }
    for (; i >= 0 && i >= p.first_trained; i--) {
        const Layer& layer = p.layers[i];
        const Matrix<T>& dy = b.deltas[i];
        T* below = i ? b.deltas[i - 1].at(begin, 0) : nullptr;
        const bool needed = i > p.first_trained;
        switch (layer.operation) {
            case Operation::dense:
                if (layer.function == Function::relu)
                    activate_back(Function::relu, b.outputs[i], b.outputs[i], dy, T(0), begin, end);
                look(dy);
                if (needed)  // ∂L/∂x = ∂L/∂z Wᵀ
                    product<T, Reading::rows>({dy.at(begin, 0), dy.panel, w.transposed + p.places[i].transposed,
                                               layer.outputs * L, below, b.deltas[i - 1].panel, layer.outputs,
                                               false, nullptr, false},
                                              end - begin, b.deltas[i - 1].panels());
                break;
            case Operation::activation:
                activate_back(layer.function, b.before(i), b.outputs[i], dy, T(layer.slope), begin, end);
                break;
            case Operation::dropout:
                if (needed) multiply(dy, b.masks[i], b.deltas[i - 1], begin, end);
                break;
            case Operation::step:
                break;
        }
    }
    return !any(wild);
}

// Where a piece's gradient lies: its panels, from one to the next.
template <class T> struct Part {
    T* data;
    int64_t panel;
};

// factor · Σ rows of some panels, added to what stands there where it goes on.
template <class T, int PANELS>
void sum_rows(const Matrix<T>& dz, int64_t panel, int64_t rows, bool go_on, T factor, T* to) {
    constexpr int L = LANES<T>;
    Line<T> sums[PANELS];
    for (int c = 0; c < PANELS; c++) sums[c] = go_on ? Line<T>::load(to + c * L) : Line<T>::all(0);
    for (int64_t r = 0; r < rows; r++)
        for (int c = 0; c < PANELS; c++)
            sums[c] = fma(Line<T>::load(dz.at(r, panel + c)), Line<T>::all(factor), sums[c]);
    for (int c = 0; c < PANELS; c++) sums[c].store(to + c * L);
}

// A piece's gradient over the block's rows: ∂L/∂W = xᵀ ∂L/∂z, ∂L/∂b = Σ rows of ∂L/∂z; `go_on` adds to
// what stands there, so blocks make one chain, and the last one is `done`.
template <class T>
void piece_gradient(const Program<T>& p, const Block<T>& b, const Piece& piece, int64_t rows, bool go_on, bool done,
                    Part<T> gradient, Ahead* ahead) {
    constexpr int L = LANES<T>;
    const Layer& layer = p.layers[piece.layer];
    const Place& place = p.places[piece.layer];
    const Matrix<T>& dz = b.deltas[piece.layer];
    if (!piece.bias) {
        const Matrix<T>& x = b.before(piece.layer);
        if (is_narrow<T>(layer.outputs))
            return narrow_gradient(x, dz.at(0, 0), gradient.data, rows, piece.begin, piece.end, go_on, done,
                                   int(layer.outputs));
        product<T, Reading::columns>({x.at(0, piece.begin / L), x.panel, dz.at(0, piece.first), dz.panel,
                                      gradient.data, gradient.panel, rows, go_on, nullptr, false, ahead},
                                     piece.end - piece.begin, piece.last - piece.first);
        return;
    }
    const T factor = layer.operation == Operation::step ? T(-layer.slope) : T(1);
    for (int64_t j = 0; j < place.panels; j += 4)
        switch (place.panels - j) {
            case 1: sum_rows<T, 1>(dz, j, rows, go_on, factor, gradient.data + j * L); break;
            case 2: sum_rows<T, 2>(dz, j, rows, go_on, factor, gradient.data + j * L); break;
            case 3: sum_rows<T, 3>(dz, j, rows, go_on, factor, gradient.data + j * L); break;
            default: sum_rows<T, 4>(dz, j, rows, go_on, factor, gradient.data + j * L);
        }
}

// The rows of a piece's W, as columns of Wᵀ.
template <class T>
void transpose_piece(const Program<T>& p, const Weights<T>& w, const Piece& piece) {
    constexpr int L = LANES<T>;
    const Place& place = p.places[piece.layer];
    if (piece.bias || place.transposed < 0) return;
    const int64_t inputs = p.layers[piece.layer].inputs, outputs = p.layers[piece.layer].outputs;
    for (int64_t j = piece.first; j < piece.last; j++) {
        int64_t lanes = outputs - j * L < L ? outputs - j * L : L;
        for (int64_t f = piece.begin; f < piece.end; f += L) {
            const T* from = w.vector + place.weights + (j * inputs + f) * L;
            T* to = w.transposed + place.transposed + ((f / L) * outputs + j * L) * L;
            int64_t rows = piece.end - f < L ? piece.end - f : L;
            if (rows == L) {
                T square[L * L];
                transpose_square(from, square);
                std::memcpy(to, square, size_t(lanes) * LINE_BYTES);
                continue;
            }
            for (int64_t l = 0; l < lanes; l++)
                for (int64_t r = 0; r < rows; r++) to[l * L + r] = from[r * L + l];
        }
    }
}

}  // namespace glassnet::GLASSNET_ISA
