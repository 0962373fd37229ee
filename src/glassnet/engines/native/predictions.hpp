// Predictions: blocks of rows through all layers, dropout off.
#pragma once

#include "engine.hpp"

namespace glassnet::GLASSNET_ISA {

template <class T>
void Engine<T>::forward(const Samples& samples, const void* parameters, void* outputs, int threads, bool logits) {
    struct Job {
        Engine* engine;
        const Samples* samples;
        T* outputs;
        int64_t rows, layers;
    } job{this, &samples, (T*)outputs, 0, p_.d.count - (logits ? 1 : 0)};
    if (samples.count == 0) return;
    if (double(samples.count) * double(p_.work) < 1e6) threads = 1;
    if (threads > MOST_THREADS) threads = MOST_THREADS;
    job.rows = samples.count < BLOCK_ROWS ? samples.count : BLOCK_ROWS;
    if (!parameters_.reserve(p_.size) || !transposed_.reserve(p_.transposed_size + 1)) return;
    p_.import((const T*)parameters, parameters_.get());
    for (int64_t i = 0; i < p_.piece_count; i++) {
        const Layer& layer = p_.layers[p_.pieces[i].layer];
        if (has_dots<T>(layer.inputs, layer.outputs)) transpose_piece(p_, weights(), p_.pieces[i]);
    }
    for (int i = 0; i < threads; i++)
        if (!own_[i].memory.reserve(p_, job.rows)) return;
    Team::run(threads, [](void* given, int me, int count) {
        Job& job = *(Job*)given;
        Engine& e = *job.engine;
        const Program<T>& p = e.p_;
        const Block<T>& b = e.own_[me].memory.block;
        for (int64_t first = me * job.rows; first < job.samples->count; first += count * job.rows) {
            const int64_t left = job.samples->count - first, rows = left < job.rows ? left : job.rows;
            gather(p.d, *job.samples, nullptr, first, b.input, 0, rows);
            const Matrix<T>* y = &b.input;
            for (int64_t i = 0; i < job.layers; i++) {
                if (p.layers[i].operation == Operation::dropout) {  // off: y = x
                    for (int64_t j = 0; j < b.outputs[i].panels(); j++)
                        std::memcpy(b.outputs[i].at(0, j), b.before(i).at(0, j), size_t(rows) * LINE_BYTES);
                } else {
                    forward_layer(p, e.weights(), b, i, 0, rows);
                }
                y = &b.outputs[i];
            }
            for (int64_t r = 0; r < rows; r++)
                for (int64_t j = 0; j < y->panels(); j++)
                    std::memcpy(job.outputs + (first + r) * y->columns + j * L, y->at(r, j),
                                size_t(y->lanes(j)) * sizeof(T));
        }
    }, &job);
}

}  // namespace glassnet::GLASSNET_ISA
