// What is reported: losses and norms of each step, the layers' figures at the last; then the next batch.
#pragma once

#include "engine.hpp"

namespace glassnet::GLASSNET_ISA {

// The whole gradient's norm and the loss with its penalties.
template <class T> void Engine<T>::measure() {
    double square = 0, penalty = 0;
    for (int64_t i = 0; i < p_.piece_count; i++) {
        square += norms_[i];
        penalty += penalties_[i];
    }
    norm_ = __builtin_sqrt(square);
    run_->data_losses[made_] = loss_;
    loss_ += penalty;
    run_->losses[made_] = loss_;
    run_->norms[made_] = norm_;
    run_->right[made_] = right_;
}

// Thread 0, after the update: figures, counters, the next batch.
template <class T> void Engine<T>::end_step() {
    if (!measured_) measure();
    measured_ = false;
    outcome_.steps = made_ + 1;
    outcome_.rows = batch_.rows;
    if (!outcome_.finite) {
        stop_ = true;
        return;
    }
    if (batch_.last) {
        const double clip = p_.d.update.clip, shorter = clip > 0 && norm_ > clip ? clip / norm_ : 1;
        for (int64_t i = 0; i < p_.d.count; i++) figures_[i].gradient = figures_[i].update = figures_[i].weights = 0;
        for (int64_t i = 0; i < p_.piece_count; i++) {
            LayerFigures& f = figures_[p_.pieces[i].layer];
            f.gradient += norms_[i] * shorter * shorter;
            f.update += updates_[i];
            each_run(p_.pieces[i], [&](int64_t begin, int64_t lines, int64_t) {
                f.weights += sum_squares(parameters_.get() + begin, lines);
            });
        }
    }
    made_++;
    counters_->step++;
    counters_->updates++;
    if (++counters_->batch == batches_) {
        counters_->batch = 0;
        counters_->epoch++;
    }
    stop_ = batch_.last;
    if (stop_) return;
    if (counters_->batch == 0) draw_order();
    next_batch();
}

// Each layer's outputs that are 0, or near a limit of their range, at the last step.
template <class T> void Engine<T>::count_outputs(const Block<T>& b, int64_t rows, bool anew) {
    for (int64_t i = 0; i < p_.d.count; i++) {
        const Layer& layer = p_.layers[i];
        LayerFigures& f = figures_[i];
        if (anew) f.zeros = f.saturated = f.outputs = 0;
        const Matrix<T>* y = &b.outputs[i];
        if (i == p_.trained_layers) {  // the loss swallowed this one
            activate(layer.function, b.before(i), b.spare, T(layer.slope), 0, rows);
            y = &b.spare;
        } else if (layer.operation == Operation::step) {
            activate(Function::sigmoid, b.spare, b.spare, T(0), 0, rows);
            y = &b.spare;
        }
        const bool signed_ = layer.operation == Operation::activation && layer.function == Function::tanh;
        const T low = signed_ ? T(-1) : T(0), margin = T(SATURATED) * (signed_ ? T(2) : T(1));
        const T near_low = low + margin, near_high = T(1) - margin;
        for (int64_t j = 0; j < y->panels(); j++) {
            int32_t zeros[L] = {}, saturated[L] = {};
            for (int64_t r = 0; r < rows; r++) {
                const T* line = y->at(r, j);
                for (int l = 0; l < L; l++) {
                    zeros[l] += line[l] == 0;
                    saturated[l] += (line[l] < near_low) | (line[l] > near_high);
                }
            }
            for (int l = 0; l < y->lanes(j); l++) {
                f.zeros += zeros[l];
                f.saturated += saturated[l];
            }
        }
        f.outputs += double(rows * y->columns);
    }
}

}  // namespace glassnet::GLASSNET_ISA
