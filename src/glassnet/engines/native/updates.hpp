// From the gradient to the next parameters, piece by piece: penalties, norms, the optimizer, max-norm.
#pragma once

#include "engine.hpp"

namespace glassnet::GLASSNET_ISA {

// The penalties' part of a piece's gradient, its squared norm, and the update where asked.
template <class T> void Engine<T>::finish_piece(int64_t i, const Step<T>& s, Part<T> gradient, bool update) {
    const Piece& piece = p_.pieces[i];
    const bool penalised = !piece.bias && (s.l1 != 0 || s.l2 != 0);
    // The usual case, without a question in the loop.
    const bool at_once = update && !penalised && !batch_.last && (piece.bias || s.decay == 0);
    double norm = 0, penalty = 0;
    each_run(piece, [&](int64_t begin, int64_t lines, int64_t j) {
        T *g = gradient.data + j * gradient.panel, *w = parameters_.get() + begin;
        Line<T> squares = Line<T>::all(0), sizes = squares, weights_squared = squares;
        if (at_once) finish_lines(s, g, w, slot(0, begin), slot(1, begin), lines, squares);
        else for (int64_t k = 0; k < lines * L; k += L) {
            Line<T> line = Line<T>::load(g + k);
            if (penalised) {
                Line<T> old = Line<T>::load(w + k);
                line = with_penalty(s, line, old);
                line.store(g + k);
                sizes = sizes + magnitude(old);
                weights_squared = fma(old, old, weights_squared);
            }
            squares = fma(line, line, squares);
        }
        double square = double(sum_lanes(squares));
        const bool zero = square == 0 && largest_magnitude(g, lines) == 0;  // units that are off for the batch
        if (!(square > 1e-25 && square < 1e30) && sizeof(T) == 4 && !zero) {  // anew, in float64
            square = 0;
            for (int64_t k = 0; k < lines * L; k++) square += double(g[k]) * double(g[k]);
        }
        norm += square;
        if (penalised)
            penalty += p_.d.update.l1 * double(sum_lanes(sizes)) +
                       0.5 * p_.d.update.l2 * double(sum_lanes(weights_squared));
    });
    norms_[i] = norm;
    penalties_[i] = penalty;
    if (at_once) after_update(piece);
    else if (update) update_piece(i, s, gradient);
}

template <class T> void Engine<T>::update_piece(int64_t i, const Step<T>& s, Part<T> gradient) {
    const Piece& piece = p_.pieces[i];
    double total = 0;
    each_run(piece, [&](int64_t begin, int64_t lines, int64_t j) {
        total += update_lines(s, gradient.data + j * gradient.panel, parameters_.get() + begin, slot(0, begin),
                              slot(1, begin), lines, !piece.bias, batch_.last);
    });
    updates_[i] = total;
    after_update(piece);
}

// A threshold stays within (0, 1); Wᵀ follows W.
template <class T> void Engine<T>::after_update(const Piece& piece) {
    if (p_.layers[piece.layer].operation == Operation::step) {
        T& t = parameters_[p_.places[piece.layer].biases];
        const T low = T(THRESHOLD_MARGIN), high = T(1 - THRESHOLD_MARGIN);
        t = t < low ? low : t > high ? high : t;
    }
    if (p_.d.update.max_norm == 0) transpose_piece(p_, weights(), piece);
}

// No vector W[:, j] into a unit longer than max_norm.
template <class T> void Engine<T>::project(int me, int threads) {
    Team::barrier(threads);
    int64_t panel = 0;
    const Line<T> most = Line<T>::all(T(p_.d.update.max_norm));
    for (int64_t i = 0; i < p_.d.count; i++) {
        const Place& place = p_.places[i];
        if (place.weights < 0) continue;
        const int64_t inputs = p_.layers[i].inputs;
        for (int64_t j = 0; j < place.panels; j++) {
            if (panel++ % threads != me) continue;
            T* w = parameters_.get() + place.weights + j * inputs * L;
            Line<T> square = Line<T>::all(0);
            for (int64_t r = 0; r < inputs; r++) {
                const Line<T> line = Line<T>::load(w + r * L);
                square = fma(line, line, square);
            }
            Line<T> factor = smaller(most / larger(root(square), Line<T>::all(T(1e-30))), Line<T>::all(1));
            for (int64_t r = 0; r < inputs; r++) (Line<T>::load(w + r * L) * factor).store(w + r * L);
        }
    }
    Team::barrier(threads);
    each_piece(me, [&](int64_t i) { transpose_piece(p_, weights(), p_.pieces[i]); });
}

// One update from a given gradient, for comparisons of the optimizers alone.
template <class T>
int64_t Engine<T>::optimize(const void* gradient, void* parameters, void* slot0, void* slot1, double rate, int64_t t) {
    void* slots[2] = {slot0, slot1};
    bool enough = parameters_.reserve(p_.size) && gradient_.reserve(p_.size) && updates_.reserve(p_.piece_count) &&
                  owner_.reserve(p_.piece_count) &&
                  transposed_.reserve(p_.transposed_size + 1);
    for (int k = 0; k < 2; k++) enough = enough && (!slots[k] || slots_[k].reserve(p_.size));
    if (!enough) return -1;
    p_.import((const T*)gradient, gradient_.get());
    p_.import((const T*)parameters, parameters_.get());
    for (int k = 0; k < 2; k++)
        if (slots[k]) p_.import((const T*)slots[k], slots_[k].get());
    batch_.last = false;
    share_out(1, 1);
    const Step<T> s(p_.d.update, rate, t);
    for (int64_t i = 0; i < p_.piece_count; i++)
        update_piece(i, s, part_of(gradient_.get(), p_.pieces[i]));
    if (p_.d.update.max_norm > 0) project(0, 1);
    p_.export_(parameters_.get(), (T*)parameters);
    for (int k = 0; k < 2; k++)
        if (slots[k]) p_.export_(slots_[k].get(), (T*)slots[k]);
    return 0;
}

}  // namespace glassnet::GLASSNET_ISA
