// From gradients to the next parameters, a Line at a time: penalties, the optimizer, decay. Equations
// and symbols are those of nn/optimizers.py and nn/update.py.
#pragma once

#include "description.hpp"
#include "vectors.hpp"

namespace glassnet::GLASSNET_ISA {

// The numbers of one update, worked out in float64, then rounded, as NumPy does.
template <class T> struct Step {
    Rule rule;
    T rate, beta1, keep1, beta2, keep2, epsilon;
    T corrected_rate, correction;  // −η/(1 − β₁ᵗ), 1/(1 − β₂ᵗ)
    T l1, l2, decay;               // decay: η λ

    Step(const Update& u, double eta, int64_t t)
        : rule(u.rule), rate(T(-eta)), beta1(T(u.beta1)), keep1(T(1 - u.beta1)), beta2(T(u.beta2)),
          keep2(T(1 - u.beta2)), epsilon(T(u.epsilon)), l1(T(u.l1)), l2(T(u.l2)), decay(T(eta * u.decay)) {
        corrected_rate = T(-eta / (1 - power(u.beta1, t)));
        correction = T(1 / (1 - power(u.beta2, t)));
    }
    static double power(double base, int64_t t) {  // by squaring: no system's library
        double result = 1;
        for (; t > 0; t /= 2, base *= base)
            if (t % 2) result *= base;
        return result;
    }
};

// ∂/∂W of the penalties: λ₁ sign(W) + λ₂ W.
template <class T> INLINE Line<T> with_penalty(const Step<T>& s, Line<T> g, Line<T> w) {
    Line<T> zero = Line<T>::all(0);
    if (s.l1 != 0) g = g + select(w > zero, Line<T>::all(s.l1), select(w < zero, Line<T>::all(-s.l1), zero));
    if (s.l2 != 0) g = g + w * s.l2;
    return g;
}

// Δ of the optimizer; m and v are its slots, changed.
template <class T, Rule rule> INLINE Line<T> change(const Step<T>& s, Line<T> g, T* m, T* v) {
    if constexpr (rule == Rule::descent) return g * s.rate;
    if constexpr (rule == Rule::momentum || rule == Rule::nesterov) {
        Line<T> velocity = Line<T>::load(m) * s.beta1 + g;
        velocity.store(m);
        return (rule == Rule::momentum ? velocity : velocity * s.beta1 + g) * s.rate;
    }
    if constexpr (rule == Rule::rmsprop) {
        Line<T> square = Line<T>::load(m) * s.beta2 + (g * g) * s.keep2;
        square.store(m);
        return g * s.rate / (root(square) + s.epsilon);
    }
    Line<T> mean = Line<T>::load(m) * s.beta1 + g * s.keep1;
    Line<T> square = Line<T>::load(v) * s.beta2 + (g * g) * s.keep2;
    mean.store(m);
    square.store(v);
    return mean * s.corrected_rate / (root(square * s.correction) + s.epsilon);
}

// `lines` Lines of parameters that follow one another; weights also decay. Returns Σ Δ² where asked.
template <class T, Rule rule>
double update_run(const Step<T>& s, const T* g, T* w, T* m, T* v, int64_t lines, bool weights, bool norm) {
    constexpr int L = LANES<T>;
    if (!norm && !(weights && s.decay != 0)) {  // the usual case, without a question in the loop
        for (int64_t i = 0; i < lines * L; i += L)
            (Line<T>::load(w + i) + change<T, rule>(s, Line<T>::load(g + i), m + i, v + i)).store(w + i);
        return 0;
    }
    double sums[L] = {}, total = 0;
    for (int64_t i = 0; i < lines * L; i += L) {
        Line<T> old = Line<T>::load(w + i);
        Line<T> delta = change<T, rule>(s, Line<T>::load(g + i), m + i, v + i);
        if (weights && s.decay != 0) delta = delta - old * s.decay;
        (old + delta).store(w + i);
        if (norm) {
            T lanes[L];
            delta.store(lanes);
            for (int l = 0; l < L; l++) sums[l] += double(lanes[l]) * double(lanes[l]);
        }
    }
    for (int l = 0; l < L; l++) total += sums[l];
    return total;
}

// The same with the gradient's squared norm at once, added to `squares`; no decay, no norm of Δ.
template <class T, Rule rule>
void finish_run(const Step<T>& s, const T* g, T* w, T* m, T* v, int64_t lines, Line<T>& squares) {
    constexpr int L = LANES<T>;
    Line<T> sum = squares;
    for (int64_t i = 0; i < lines * L; i += L) {
        const Line<T> line = Line<T>::load(g + i);
        sum = fma(line, line, sum);
        (Line<T>::load(w + i) + change<T, rule>(s, line, m + i, v + i)).store(w + i);
    }
    squares = sum;
}

template <class T>
void finish_lines(const Step<T>& s, const T* g, T* w, T* m, T* v, int64_t lines, Line<T>& squares) {
    switch (s.rule) {
        case Rule::descent: return finish_run<T, Rule::descent>(s, g, w, m, v, lines, squares);
        case Rule::momentum: return finish_run<T, Rule::momentum>(s, g, w, m, v, lines, squares);
        case Rule::nesterov: return finish_run<T, Rule::nesterov>(s, g, w, m, v, lines, squares);
        case Rule::rmsprop: return finish_run<T, Rule::rmsprop>(s, g, w, m, v, lines, squares);
        default: return finish_run<T, Rule::adam>(s, g, w, m, v, lines, squares);
    }
}

template <class T>
double update_lines(const Step<T>& s, const T* g, T* w, T* m, T* v, int64_t lines, bool weights, bool norm) {
    switch (s.rule) {
        case Rule::descent: return update_run<T, Rule::descent>(s, g, w, m, v, lines, weights, norm);
        case Rule::momentum: return update_run<T, Rule::momentum>(s, g, w, m, v, lines, weights, norm);
        case Rule::nesterov: return update_run<T, Rule::nesterov>(s, g, w, m, v, lines, weights, norm);
        case Rule::rmsprop: return update_run<T, Rule::rmsprop>(s, g, w, m, v, lines, weights, norm);
        default: return update_run<T, Rule::adam>(s, g, w, m, v, lines, weights, norm);
    }
}

}  // namespace glassnet::GLASSNET_ISA
