// Layers on panels: gathering and scaling of samples, activations beside their derivatives, dropout.
// Equations and symbols are those of nn/layers.py and nn/activations.py.
#pragma once

#include <type_traits>

#include "description.hpp"
#include "elementary.hpp"
#include "random.hpp"

namespace glassnet::GLASSNET_ISA {

// A matrix of a block of rows, in panels: from a row of a panel to the next is a Line. Or samples as
// they lie: then `row` is their stride, and a panel is the next Line of the same row.
template <class T> struct Matrix {
    T* data = nullptr;
    int64_t columns = 0, row = LANES<T>, panel = 0;  // steps, in numbers

    int64_t panels() const { return (columns + LANES<T> - 1) / LANES<T>; }
    T* at(int64_t row_, int64_t panel_) const { return data + panel_ * panel + row_ * row; }
    // The lanes of a panel that hold columns.
    int lanes(int64_t panel_) const {
        int64_t left = columns - panel_ * LANES<T>;
        return left < LANES<T> ? int(left) : LANES<T>;
    }
};

// Where a number is so large (or no number) that a product of two may overflow.
template <class T> INLINE Mask<T> untamed(Line<T> a) { return ~(magnitude(a) <= T(1e6)); }

// Where samples come from and go to.
template <class T> struct Gathering {
    const Description& d;
    const Samples& s;
    const int64_t* row;  // places in `s`; null: first, first + 1, …
    int64_t first;
    const Matrix<T>& x;
    const char* end;     // of the samples' memory

    Gathering(const Description& d_, const Samples& s_, const int64_t* row_, int64_t first_, const Matrix<T>& x_,
              int64_t bytes)
        : d(d_), s(s_), row(row_), first(first_), x(x_) {
        // Of samples in descending order nothing is known to lie behind them.
        const bool ascending = s.row_stride >= 0 && s.column_stride == bytes;
        end = (const char*)s.x + (ascending ? (s.count - 1) * s.row_stride + d.inputs * bytes : 0);
    }
};

template <class T, class Source> bool gather_rows(const Gathering<T>& g, int64_t begin, int64_t end) {
    constexpr int L = LANES<T>;
    const Description& d = g.d;
    const Matrix<T>& x = g.x;
    const int64_t stride = g.s.column_stride, bytes = stride * d.inputs, panels = x.panels();
    const bool one_after_the_other = stride == int64_t(sizeof(Source));
    const bool ahead = g.row && bytes >= 256;
    Mask<T> wild = ~(Line<T>::all(0) == T(0)), inside = first_lanes<T>(x.lanes(panels - 1));
    for (int64_t i = begin; i < end; i++) {
        const char* from = (const char*)g.s.x + (g.row ? g.row[i] : g.first + i) * g.s.row_stride;
        if (ahead && i + 2 < end) {  // the row after next is on its way from memory meanwhile
            const char* next = (const char*)g.s.x + g.row[i + 2] * g.s.row_stride;
            for (int64_t b = 0; b < bytes; b += 64) __builtin_prefetch(next + b);
        }
        T* to = x.at(i, 0);
        for (int64_t j = 0; j < panels; j++, to += x.panel) {
            const char* start = from + j * L * stride;
            Line<T> line;
            if constexpr (std::is_same_v<T, Source>) {  // as they lie; what a Line reads too much is dropped
                if (one_after_the_other && !d.scaled && start + LINE_BYTES <= g.end) {
                    line = Line<T>::load((const T*)start);
                    if (j + 1 == panels) line = select(inside, line, Line<T>::all(0));
                    wild = wild | untamed(line);
                    line.store(to);
                    continue;
                }
            }
            const int lanes = x.lanes(j);
            T numbers[L];
            Source raw[L];
            if (one_after_the_other && lanes == L) {
                std::memcpy(raw, start, sizeof raw);
            } else {
                for (int l = 0; l < L; l++) {
                    raw[l] = 0;
                    if (l < lanes) std::memcpy(raw + l, start + l * stride, sizeof(Source));
                }
            }
            // The constants reach to the end of a Line: 0 beyond the last column.
            const double *shift = d.shift + j * L, *factor = d.factor + j * L;
            if (!d.scaled) {
                for (int l = 0; l < L; l++) numbers[l] = T(raw[l]);
            } else if (d.scale_wide) {  // (x − shift) · factor
                for (int l = 0; l < L; l++) numbers[l] = T((double(raw[l]) - shift[l]) * factor[l]);
            } else {
                for (int l = 0; l < L; l++) numbers[l] = (T(raw[l]) - T(shift[l])) * T(factor[l]);
            }
            line = Line<T>::load(numbers);
            wild = wild | untamed(line);
            line.store(to);
        }
    }
    return !any(wild);
}

// Samples `row[i]` (or first + i where there is no order) to rows begin … end of x. Returns whether
// all are tame.
template <class T>
bool gather(const Description& d, const Samples& s, const int64_t* row, int64_t first,
            const Matrix<T>& x, int64_t begin, int64_t end) {
#define GLASSNET_GATHER(NUMBER, SOURCE) \
    case Number::NUMBER: return gather_rows<T, SOURCE>(Gathering<T>(d, s, row, first, x, sizeof(SOURCE)), begin, end);
    switch (s.number) {
        GLASSNET_GATHER(f32, float)
        GLASSNET_GATHER(f64, double)
        GLASSNET_GATHER(u8, uint8_t)
        GLASSNET_GATHER(i8, int8_t)
        GLASSNET_GATHER(u16, uint16_t)
        GLASSNET_GATHER(i16, int16_t)
        GLASSNET_GATHER(u32, uint32_t)
        GLASSNET_GATHER(i32, int32_t)
        GLASSNET_GATHER(u64, uint64_t)
        GLASSNET_GATHER(i64, int64_t)
    }
#undef GLASSNET_GATHER
    return false;
}

// y = f(z).
template <class T, Function f> INLINE Line<T> value(Line<T> z, T slope) {
    Line<T> zero = Line<T>::all(0);
    if constexpr (f == Function::relu) return larger(zero, z);  // so ordered, NaN stays
    if constexpr (f == Function::leaky_relu) return select(z > zero, z, z * slope);
    if constexpr (f == Function::elu)
        return select(z > zero, z, exponential_less_one(smaller(zero, z)) * slope);
    if constexpr (f == Function::gelu) return z * normal(z).distribution;
    if constexpr (f == Function::silu) return z * logistic(z);
    if constexpr (f == Function::softplus)
        return larger(z, zero) + log_one_plus(exponential(-magnitude(z)));
    if constexpr (f == Function::tanh) return hyperbolic_tangent(z);
    if constexpr (f == Function::sigmoid) return logistic(z);
    if constexpr (f == Function::exponential) return exponential(z);
    return z;
}

// f′(z), of z and y = f(z).
template <class T, Function f> INLINE Line<T> derivative(Line<T> z, Line<T> y, T slope) {
    Line<T> zero = Line<T>::all(0), one = Line<T>::all(1);
    if constexpr (f == Function::relu) return select(y > zero, one, zero);
    if constexpr (f == Function::leaky_relu) return select(z > zero, one, Line<T>::all(slope));
    if constexpr (f == Function::elu)
        return select(z > zero, one, exponential(smaller(zero, z)) * slope);
    if constexpr (f == Function::gelu) {
        Normal<T> n = normal(z);
        const T inverse_root = T(0.39894228040143267794);  // 1/√(2π)
        return n.distribution + smaller(larger(z, Line<T>::all(-40)), Line<T>::all(40)) * n.density * inverse_root;
    }
    if constexpr (f == Function::silu) {
        Line<T> s = logistic(z);
        return s * (one + z * logistic(-z));
    }
    if constexpr (f == Function::softplus) return logistic(z);
    if constexpr (f == Function::tanh) return one - y * y;
    if constexpr (f == Function::sigmoid) return y * (one - y);
    if constexpr (f == Function::exponential) return y;
    return one;
}

// Whether f′ needs z, so that y may not lie in its place.
inline bool needs_logits(Function f) {
    return f == Function::leaky_relu || f == Function::elu || f == Function::gelu ||
           f == Function::silu || f == Function::softplus;
}

template <class T, Function f>
void each_value(const Matrix<T>& z, const Matrix<T>& y, T slope, int64_t begin, int64_t end) {
    for (int64_t j = 0; j < z.panels(); j++)
        for (int64_t r = begin; r < end; r++)
            value<T, f>(Line<T>::load(z.at(r, j)), slope).store(y.at(r, j));
}

template <class T, Function f>
void each_derivative(const Matrix<T>& z, const Matrix<T>& y, const Matrix<T>& dy, T slope,
                     int64_t begin, int64_t end) {
    for (int64_t j = 0; j < z.panels(); j++) {
        Mask<T> columns = first_lanes<T>(z.lanes(j));
        for (int64_t r = begin; r < end; r++) {
            Line<T> slope_ = derivative<T, f>(Line<T>::load(z.at(r, j)), Line<T>::load(y.at(r, j)), slope);
            Line<T> dz = Line<T>::load(dy.at(r, j)) * slope_;
            select(columns, dz, Line<T>::all(0)).store(dy.at(r, j));
        }
    }
}

// softmax, row by row: e^(zⱼ − max z) / Σₖ e^(zₖ − max z).
template <class T>
void softmax(const Matrix<T>& z, const Matrix<T>& y, int64_t begin, int64_t end) {
    Line<T> low = Line<T>::all(-LARGEST<T> - LARGEST<T>);  // −∞
    int64_t panels = z.panels();
    Mask<T> inside = first_lanes<T>(z.lanes(panels - 1));
    for (int64_t r = begin; r < end; r++) {
        Line<T> top = low;
        for (int64_t j = 0; j < panels; j++) {
            Line<T> line = Line<T>::load(z.at(r, j));
            top = larger(j + 1 < panels ? line : select(inside, line, low), top);
        }
        T highest = largest_lane(top);
        Line<T> total = Line<T>::all(0);
        for (int64_t j = 0; j < panels; j++) {
            Line<T> e = exponential(Line<T>::load(z.at(r, j)) - highest);
            if (j + 1 == panels) e = select(inside, e, Line<T>::all(0));
            e.store(y.at(r, j));
            total = total + e;
        }
        T sum = sum_lanes(total);
        for (int64_t j = 0; j < panels; j++) (Line<T>::load(y.at(r, j)) / Line<T>::all(sum)).store(y.at(r, j));
    }
}

#define GLASSNET_EACH(F, CALL)                                             \
    switch (F) {                                                           \
        case Function::identity: CALL(identity); break;                    \
        case Function::relu: CALL(relu); break;                            \
        case Function::leaky_relu: CALL(leaky_relu); break;                \
        case Function::elu: CALL(elu); break;                              \
        case Function::gelu: CALL(gelu); break;                            \
        case Function::silu: CALL(silu); break;                            \
        case Function::softplus: CALL(softplus); break;                    \
        case Function::tanh: CALL(tanh); break;                            \
        case Function::sigmoid: CALL(sigmoid); break;                      \
        case Function::exponential: CALL(exponential); break;              \
        case Function::softmax: break;                                     \
    }

template <class T>
void activate(Function f, const Matrix<T>& z, const Matrix<T>& y, T slope, int64_t begin, int64_t end) {
    if (f == Function::softmax) return softmax(z, y, begin, end);
#define GLASSNET_CALL(NAME) each_value<T, Function::NAME>(z, y, slope, begin, end)
    GLASSNET_EACH(f, GLASSNET_CALL)
#undef GLASSNET_CALL
}

// ∂L/∂z from ∂L/∂y, in place.
template <class T>
void activate_back(Function f, const Matrix<T>& z, const Matrix<T>& y, const Matrix<T>& dy, T slope,
                   int64_t begin, int64_t end) {
    if (f == Function::softmax) {  // ∂L/∂zⱼ = yⱼ(∂L/∂yⱼ − Σᵢ ∂L/∂yᵢ yᵢ)
        for (int64_t r = begin; r < end; r++) {
            Line<T> total = Line<T>::all(0);
            for (int64_t j = 0; j < y.panels(); j++)
                total = fma(Line<T>::load(dy.at(r, j)), Line<T>::load(y.at(r, j)), total);
            Line<T> sum = Line<T>::all(sum_lanes(total));
            for (int64_t j = 0; j < y.panels(); j++)
                (Line<T>::load(y.at(r, j)) * (Line<T>::load(dy.at(r, j)) - sum)).store(dy.at(r, j));
        }
        return;
    }
#define GLASSNET_CALL(NAME) each_derivative<T, Function::NAME>(z, y, dy, slope, begin, end)
    GLASSNET_EACH(f, GLASSNET_CALL)
#undef GLASSNET_CALL
}

// m / (1 − rate): the mask of nn/random.py's keep_mask, a block of 64 bits · 4 for 16 units.
template <class T>
void draw_mask(uint64_t seed, int64_t step, int64_t layer, double rate, int64_t first_row,
               const Matrix<T>& mask, int64_t begin, int64_t end) {
    const T kept = T(1) / T(1 - rate);
    // As Python's round(): halves to even.
    const T limit = T(__builtin_rint((1 - rate) * 65536));
    const int64_t blocks = (mask.columns + 15) / 16;
    for (int64_t r = begin; r < end; r++)
        for (int64_t b = 0; b < blocks; b++) {
            Words block = philox(seed, Stream::dropout, uint64_t((first_row + r) * blocks + b),
                                 uint64_t(layer), uint64_t(step));
            T lots[16];
            for (int l = 0; l < 16; l++) lots[l] = T(int32_t(block.word[l / 4] >> (16 * (l % 4)) & 0xffff));
            for (int l = 0; l < 16; l += LANES<T>) {
                const int64_t panel = (b * 16 + l) / LANES<T>;
                if (panel == mask.panels()) break;
                select(Line<T>::load(lots + l) < limit, Line<T>::all(kept), Line<T>::all(0)).store(mask.at(r, panel));
            }
        }
}

// y = x · m / (1 − rate); backward the same product with ∂L/∂y.
template <class T>
void multiply(const Matrix<T>& x, const Matrix<T>& mask, const Matrix<T>& y, int64_t begin, int64_t end) {
    for (int64_t j = 0; j < x.panels(); j++)
        for (int64_t r = begin; r < end; r++)
            (Line<T>::load(x.at(r, j)) * Line<T>::load(mask.at(r, j))).store(y.at(r, j));
}

}  // namespace glassnet::GLASSNET_ISA
