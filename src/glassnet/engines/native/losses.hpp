// Losses on panels: each sample's loss, whether it is answered rightly, and ∂L/∂ŷ (or ∂L/∂z, where
// the loss meets its activation). Equations and symbols are those of nn/losses.py.
#pragma once

#include "layers.hpp"

namespace glassnet::GLASSNET_ISA {

// A block's targets and what comes of them; rows are those of the block.
template <class T> struct Targets {
    const Samples* samples;
    const int64_t* order;  // the block's rows; null: first, first + 1, …
    int64_t first;
    double share;          // 1 / rows of the batch, or 1
    double* losses;        // out: each row's loss, times its weight and share
    int64_t* right;        // out: 1 or 0 for each row

    int64_t row(int64_t r) const { return order ? order[r] : first + r; }
    double weight(int64_t r) const {
        return (samples->weights ? samples->weights[row(r)] : 1.0) * share;
    }
};

template <class T> INLINE Line<T> target_line(const Targets<T>& t, int64_t row, int64_t j, int lanes,
                                               int64_t outputs) {
    T line[LANES<T>] = {};
    std::memcpy(line, (const T*)t.samples->targets + row * outputs + j * LANES<T>, size_t(lanes) * sizeof(T));
    return Line<T>::load(line);
}

// y as a Line of one-hot or soft labels, smoothed.
template <class T> INLINE Line<T> label_line(const Loss& loss, const Targets<T>& t, int64_t row, int64_t j,
                                              int lanes, int64_t outputs) {
    Line<T> y;
    if (t.samples->classes) {
        T line[LANES<T>] = {};
        int64_t place = t.samples->classes[row] - j * LANES<T>;
        if (place >= 0 && place < LANES<T>) line[place] = 1;
        y = Line<T>::load(line);
    } else {
        y = target_line(t, row, j, lanes, outputs);
    }
    if (loss.smoothing) {
        y = y * T(1 - loss.smoothing) + Line<T>::all(T(loss.smoothing / double(outputs)));
        y = select(first_lanes<T>(lanes), y, Line<T>::all(0));
    }
    return y;
}

template <class T> INLINE double sum_wide(Line<T> values) {  // lane after lane, in float64
    T lanes[LANES<T>];
    values.store(lanes);
    double total = 0;
    for (int l = 0; l < LANES<T>; l++) total += double(lanes[l]);
    return total;
}

// Cross-entropy of few classes: Lines run along rows, so that every lane has work. The rows' sums
// over classes are chains in the classes' order.
constexpr int FEW_CLASSES = 32;

// `count` ≤ LANES rows from `first` on, turned: a Line for each column; 0 beyond them.
template <class T> void turn_rows(const Matrix<T>& z, int64_t first, int count, T* turned) {
    constexpr int L = LANES<T>;
    for (int64_t p = 0; p < z.panels(); p++, turned += L * L) {
        T square[L * L] = {};
        std::memcpy(square, z.at(first, p), size_t(count) * LINE_BYTES);
        transpose_square(square, turned);
    }
}
template <class T> void turn_back(T* turned, const Matrix<T>& z, int64_t first, int count) {
    constexpr int L = LANES<T>;
    for (int64_t p = 0; p < z.panels(); p++, turned += L * L) {
        for (int l = z.lanes(p); l < L; l++) Line<T>::all(0).store(turned + l * L);
        transpose_square(turned, turned);
        std::memcpy(z.at(first, p), turned, size_t(count) * LINE_BYTES);
    }
}

template <class T>
void cross_entropy_of_few(const Loss& loss, const Targets<T>& t, const Matrix<T>& z, const Matrix<T>& dz,
                          int64_t begin, int64_t end) {
    constexpr int L = LANES<T>;
    const int K = int(z.columns);
    Line<T> e[FEW_CLASSES], y[FEW_CLASSES];
    for (int64_t first = begin; first < end; first += L) {
        const int count = end - first < L ? int(end - first) : L;
        T turned[FEW_CLASSES][L], labels[FEW_CLASSES][L], weights[L] = {}, answers[L] = {};
        turn_rows(z, first, count, turned[0]);
        for (int r = 0; r < count; r++) {
            const int64_t row = t.row(first + r);
            if (t.samples->weights) weights[r] = T(t.weight(first + r));
            if (t.samples->classes) {
                answers[r] = T(t.samples->classes[row]);
            } else {
                const T* own = (const T*)t.samples->targets + row * K;
                int64_t answer = 0;
                for (int j = 0; j < K; j++) {
                    labels[j][r] = own[j];
                    if (own[j] > own[answer]) answer = j;
                }
                answers[r] = T(answer);
            }
        }
        const Line<T> answer = Line<T>::load(answers);
        Line<T> top = Line<T>::load(turned[0]);
        for (int j = 1; j < K; j++) top = larger(Line<T>::load(turned[j]), top);
        Line<T> total = Line<T>::all(0), rest = total, linear = total, zero = total;
        Line<T> best = Line<T>::all(T(K));
        for (int j = K - 1; j >= 0; j--) {  // the first of the largest
            Mask<T> is_top = Line<T>::load(turned[j]) == top;
            best = select(is_top, Line<T>::all(T(j)), best);
        }
        for (int j = 0; j < K; j++) {
            Line<T> below = Line<T>::load(turned[j]) - top;
            e[j] = exponential(below);
            total = total + e[j];
            rest = rest + select(best == T(j), zero, e[j]);  // without the largest, e⁰ = 1
            if (t.samples->classes) y[j] = select(answer == T(j), Line<T>::all(1), zero);
            else y[j] = select(first_lanes<T>(count), Line<T>::load(labels[j]), zero);
            if (loss.smoothing) y[j] = y[j] * T(1 - loss.smoothing) + T(loss.smoothing / double(K));
            linear = linear + select(y[j] == zero, zero, y[j] * below);
        }
        rest = select(total == total, rest, total);
        Line<T> losses = log_one_plus(rest) - linear;
        Line<T> weight = t.samples->weights ? Line<T>::load(weights) : Line<T>::all(T(t.share));
        Line<T> inverse = Line<T>::all(1) / total;
        T lanes[L], bests[L];
        losses.store(lanes);
        best.store(bests);
        for (int r = 0; r < count; r++) {
            t.losses[first + r] = t.weight(first + r) * double(lanes[r]);
            t.right[first + r] = bests[r] == answers[r];
        }
        for (int j = 0; j < K; j++) ((e[j] * inverse - y[j]) * weight).store(turned[j]);
        turn_back(turned[0], dz, first, count);
    }
}

// Softmax and cross-entropy, from the logits z: l = log Σ e^(zₖ − max) − Σ yⱼ(zⱼ − max); dz = ŷ − y.
// The sum's largest term, 1, is left to log(1 + rest), so a small loss keeps its digits.
template <class T>
void cross_entropy(const Loss& loss, const Targets<T>& t, const Matrix<T>& z, const Matrix<T>& dz,
                   int64_t begin, int64_t end) {
    if (z.columns <= FEW_CLASSES) return cross_entropy_of_few(loss, t, z, dz, begin, end);
    const T infinite = LARGEST<T> + LARGEST<T>;
    int64_t panels = z.panels(), K = z.columns;
    Mask<T> inside = first_lanes<T>(z.lanes(panels - 1));
    double rest[16], linear[16];
    for (int64_t first = begin; first < end; first += 16) {
        int64_t last = first + 16 < end ? first + 16 : end;
        for (int64_t r = first; r < last; r++) {
            int64_t row = t.row(r), best = 0;
            Line<T> top = Line<T>::all(-infinite);
            for (int64_t j = 0; j < panels; j++) {
                Line<T> line = Line<T>::load(z.at(r, j));
                top = larger(j + 1 < panels ? line : select(inside, line, Line<T>::all(-infinite)), top);
            }
            T highest = largest_lane(top);
            for (int64_t c = 0; c < K; c++)
                if (z.at(r, c / LANES<T>)[c % LANES<T>] == highest) { best = c; break; }
            Line<T> total = Line<T>::all(0);
            for (int64_t j = 0; j < panels; j++) {
                Line<T> e = exponential(Line<T>::load(z.at(r, j)) - highest);
                if (j + 1 == panels) e = select(inside, e, Line<T>::all(0));
                e.store(dz.at(r, j));
                total = total + e;
            }
            T& one = dz.at(r, best / LANES<T>)[best % LANES<T>];  // e⁰
            Line<T> inverse = Line<T>::all(sum_lanes(total));
            T kept = one;
            one = 0;
            Line<T> others = Line<T>::all(0);
            for (int64_t j = 0; j < panels; j++) others = others + Line<T>::load(dz.at(r, j));
            one = kept;
            rest[r - first] = sum_wide(others) + (double(kept) - 1.0);
            double product = 0;
            int64_t answer = -1;
            T largest = -1;
            if (t.samples->classes && !loss.smoothing) {
                answer = t.samples->classes[row];
                product = double(z.at(r, answer / LANES<T>)[answer % LANES<T>]) - double(highest);
            }
            Line<T> scale = Line<T>::all(T(t.weight(r)));
            for (int64_t j = 0; j < panels; j++) {
                Line<T> y = label_line(loss, t, row, j, z.lanes(j), K);
                if (answer < 0 || loss.smoothing) {
                    T labels[LANES<T>];
                    y.store(labels);
                    for (int l = 0; l < z.lanes(j); l++) {
                        product += double(labels[l]) * (double(z.at(r, j)[l]) - double(highest));
                        if (!t.samples->classes && labels[l] > largest) {
                            largest = labels[l];
                            answer = j * LANES<T> + l;
                        }
                    }
                }
                Line<T> line = (Line<T>::load(dz.at(r, j)) / inverse - y) * scale;
                if (j + 1 == panels) line = select(inside, line, Line<T>::all(0));
                line.store(dz.at(r, j));
            }
            if (t.samples->classes) answer = t.samples->classes[row];
            linear[r - first] = product;
            t.right[r] = answer == best;
        }
        for (int64_t r = first; r < last; r += 8) {  // their logarithms, eight at a time
            int64_t count = last - r < 8 ? last - r : 8;
            double line[8] = {};
            std::memcpy(line, rest + (r - first), size_t(count) * sizeof(double));
            log_one_plus(Line<double>::load(line)).store(line);
            for (int64_t i = 0; i < count; i++)
                t.losses[r + i] = t.weight(r + i) * (line[i] - linear[r - first + i]);
        }
    }
}

// l (those by difference: below) and ∂l/∂ŷ (or ∂l/∂z) of one Line of outputs; o are ŷ, or the logits
// where the loss takes those.
template <class T> struct Pointwise {
    Line<T> loss, slope;
};
template <class T> INLINE Pointwise<T> pointwise(const Loss& loss, Line<T> o, Line<T> y) {
    Line<T> zero = Line<T>::all(0);
    switch (loss.kind) {
        case LossKind::squared: {
            Line<T> r = o - y;
            return {zero, r * T(2)};
        }
        case LossKind::absolute: {
            Line<T> r = o - y;
            Line<T> sign = select(r > zero, Line<T>::all(1), select(r < zero, Line<T>::all(-1), zero));
            return {zero, select(r == r, sign, r)};
        }
        case LossKind::huber: {
            Line<T> r = o - y, delta = Line<T>::all(T(loss.delta));
            return {zero, larger(smaller(r, delta), -delta)};
        }
        case LossKind::binary: {  // log(1 + eᶻ) − yz, max(z, 0) taken out;  σ(z) − y
            Line<T> e = exponential(-magnitude(o));
            Line<T> linear = select(o > zero, Line<T>::all(1) - y, -y) * o;
            Line<T> sigma = select(o < zero, e, Line<T>::all(1)) / (e + T(1));
            return {linear + log_one_plus(e), sigma - y};
        }
        default: {  // Poisson on the log-rate: eᶻ − yz;  eᶻ − y
            Line<T> rate = exponential(o);
            return {rate - y * o, rate - y};
        }
    }
}

// A sample's losses by difference, in float64 as in NumPy: a square of float32 may overflow.
template <class T>
double sum_differences(const Loss& loss, const T* o, const T* y, int lanes) {
    double total = 0;
    for (int l = 0; l < lanes; l++) {
        const double r = double(o[l]) - double(y[l]), distance = r < 0 ? -r : r;
        const double inner = distance < loss.delta ? distance : loss.delta;
        if (loss.kind == LossKind::squared) total += r * r;
        else if (loss.kind == LossKind::absolute) total += distance;
        else total += inner * (distance - 0.5 * inner);
    }
    return total;
}

template <class T>
void elementwise(const Loss& loss, const Targets<T>& t, const Matrix<T>& o, const Matrix<T>& dy,
                 int64_t begin, int64_t end) {
    const double part = loss.mean ? 1.0 / double(o.columns) : 1.0;
    for (int64_t r = begin; r < end; r++) {
        int64_t row = t.row(r);
        double total = 0;
        bool right = true;
        Line<T> scale = Line<T>::all(T(t.weight(r)));
        for (int64_t j = 0; j < o.panels(); j++) {
            int lanes = o.lanes(j);
            Mask<T> inside = first_lanes<T>(lanes);
            Line<T> y = target_line(t, row, j, lanes, o.columns), out = Line<T>::load(o.at(r, j));
            Pointwise<T> p = pointwise(loss, out, y);
            if (loss.kind <= LossKind::huber) {
                T values[LANES<T>], targets[LANES<T>];
                out.store(values);
                y.store(targets);
                total += sum_differences(loss, values, targets, lanes);
            } else {
                total += sum_wide(select(inside, p.loss, Line<T>::all(0)));
            }
            Line<T> line = p.slope * T(part) * scale;
            select(inside, line, Line<T>::all(0)).store(dy.at(r, j));
            if (loss.kind == LossKind::binary)
                for (int l = 0; l < lanes; l++) {
                    T values[LANES<T>], labels[LANES<T>];
                    out.store(values);
                    y.store(labels);
                    right = right && (values[l] > 0) == (labels[l] > T(0.5));
                }
        }
        t.losses[r] = t.weight(r) * (total * part);
        t.right[r] = right;
    }
}

}  // namespace glassnet::GLASSNET_ISA
