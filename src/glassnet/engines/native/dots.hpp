// z = x W + b of layers with many inputs and few units: both operands lie along the inputs, so Lines do
// too, and nothing is turned. An element is LANES chains of fused multiply-adds, one for every LANES-th
// input, then added up in a tree: the same on every instruction set, for any number of rows.
#pragma once

#include "narrow.hpp"

namespace glassnet::GLASSNET_ISA {

// Whether a layer's products are made so: it reads Wᵀ, and the trees must be few beside the chains.
template <class T> constexpr bool has_dots(int64_t inputs, int64_t units) {
    return is_narrow<T>(units) && inputs >= 16 * LANES<T>;
}

#if defined(__AVX512F__)
constexpr int DOT_ROWS = 4, DOT_UNITS = 5;  // 20 of 32 registers hold sums
#elif defined(__AVX2__)
constexpr int DOT_ROWS = 2, DOT_UNITS = 3;  // 12 of 16
#else
constexpr int DOT_ROWS = 2, DOT_UNITS = 2;  // 16 of 32
#endif

// The lanes of COUNT Lines added up, that of Line i in number i · WIDTH / COUNT: halves upon halves, as
// `sum_lanes`, two Lines sharing a register from then on where there are two.
template <class T, int COUNT, int half = WIDTH<T> / 2> INLINE Register<T> sums_of(Register<T> (&a)[COUNT]) {
    constexpr int W = WIDTH<T>;
    constexpr bool pairs = COUNT > 1;
    constexpr int LEFT = pairs ? COUNT / 2 : 1;
    Bits<T> low, high;
    UNROLL for (int k = 0; k < W; k++) {
        low[k] = k & half ? (pairs ? W : 0) + k - half : k;
        high[k] = k & half ? (pairs ? W : 0) + k : k + half;
    }
    Register<T> sums[LEFT];
    UNROLL for (int i = 0; i < LEFT; i++) {
        const Register<T> one = a[i], two = a[pairs ? i + LEFT : i];
        sums[i] = __builtin_shuffle(one, two, low) + __builtin_shuffle(one, two, high);
    }
    if constexpr (half > 1) return sums_of<T, LEFT, half / 2>(sums);
    else return sums[0];
}

template <class T> struct Dots {
    const Matrix<T>& x;
    const T* transposed;  // for each Line of inputs, one of each unit
    int64_t units;
    const T* biases;
    const Matrix<T>& z;
    bool relu;
    int64_t ahead;  // rows until the next block's, which come from memory meanwhile; 0: they don't
};

// x W for ROWS rows from `row` on and UNITS units from `unit` on; `pass` counts the groups of units before.
// Samples come from memory meanwhile. The gradient asks for all of the next block; some are asked for here
// already, so that memory is busy all the time, and those of the next tile again: of too many requests at
// once the processor drops some.
template <class T, int ROWS, int UNITS> void dot_tile(const Dots<T>& d, int64_t row, int64_t unit, int pass) {
    constexpr int L = LANES<T>, W = WIDTH<T>;
    Register<T> sums[ROWS][UNITS][PARTS];
    UNROLL for (int r = 0; r < ROWS; r++)
        UNROLL for (int u = 0; u < UNITS; u++)
            UNROLL for (int part = 0; part < PARTS; part++) sums[r][u][part] = Register<T>{};
    auto add = [&](const T* x, int64_t x_row, const T* w) INLINE_LAMBDA {
        UNROLL for (int part = 0; part < PARTS; part++) {
            Register<T> line[ROWS];
            UNROLL for (int r = 0; r < ROWS; r++) line[r] = load_register(x + r * x_row + part * W);
            UNROLL for (int u = 0; u < UNITS; u++) {
                const Register<T> weights = load_register(w + u * L + part * W);
                UNROLL for (int r = 0; r < ROWS; r++) sums[r][u][part] = fma(line[r], weights, sums[r][u][part]);
            }
        }
    };
    const int64_t step = d.units * L, inputs = d.x.columns;
    const T *x = d.x.at(row, 0), *w = d.transposed + unit * L;
    const bool fetches = ROWS == DOT_ROWS && d.ahead && pass < ROWS / 2, again = fetches && pass == 0;
    const T* next = x + (d.ahead + pass) * d.x.row;
    int64_t f = 0;
    for (; f + L <= inputs; f += L, x += d.x.panel, w += step) {
        if (fetches) __builtin_prefetch(next + f, 0, 2);
        if (again)
            UNROLL for (int r = ROWS; r < 2 * ROWS; r++) __builtin_prefetch(x + r * d.x.row, 0, 2);
        add(x, d.x.row, w);
    }
    if (f < inputs) {  // behind the last input of samples as they lie may be anything
        T rest[ROWS * L] = {};
        for (int r = 0; r < ROWS; r++) std::memcpy(rest + r * L, x + r * d.x.row, size_t(inputs - f) * sizeof(T));
        add(rest, L, w);
    }
    constexpr int PLACES = UNITS == 3 ? 4 : UNITS == 5 ? 8 : UNITS, ALL = ROWS * PLACES, COUNT = ALL < W ? ALL : W;
    T totals[ALL * (W / COUNT)];
    UNROLL for (int from = 0; from < ALL; from += COUNT) {
        Register<T> some[COUNT];
        UNROLL for (int i = 0; i < COUNT; i++) {
            const int r = (from + i) / PLACES, u = (from + i) % PLACES;
            some[i] = Register<T>{};
            if (u >= UNITS) continue;
            UNROLL for (int half = PARTS / 2; half; half /= 2)
                UNROLL for (int part = 0; part < half; part++)
                    sums[r][u][part] = sums[r][u][part] + sums[r][u][part + half];
            some[i] = sums[r][u][0];
        }
        const Register<T> sum = sums_of<T, COUNT>(some);
        std::memcpy(totals + from * (W / COUNT), &sum, sizeof sum);
    }
    UNROLL for (int r = 0; r < ROWS; r++)
        UNROLL for (int u = 0; u < UNITS; u++)
            d.z.at(row + r, 0)[unit + u] = totals[(r * PLACES + u) * (W / COUNT)];
}

template <class T, int UNITS = DOT_UNITS>
void dot_units(const Dots<T>& d, int64_t begin, int64_t end, int64_t unit, int64_t units, int pass) {
    if constexpr (UNITS > 1)
        if (units < UNITS) return dot_units<T, UNITS - 1>(d, begin, end, unit, units, pass);
    int64_t r = begin;
    for (; r + DOT_ROWS <= end; r += DOT_ROWS) dot_tile<T, DOT_ROWS, UNITS>(d, r, unit, pass);
    for (; r < end; r++) dot_tile<T, 1, UNITS>(d, r, unit, pass);
}

// Rows begin … end of z = x W + b: some units of all of them at a time, whose weights stay in the
// nearest cache.
template <class T> void dots(const Dots<T>& d, int64_t begin, int64_t end) {
    const int passes = int(d.units + DOT_UNITS - 1) / DOT_UNITS;
    for (int pass = 0; pass < passes; pass++) {
        const int64_t unit = d.units * pass / passes, next = d.units * (pass + 1) / passes;
        dot_units<T>(d, begin, end, unit, next - unit, pass);
    }
    const Mask<T> inside = first_lanes<T>(int(d.units));
    const Line<T> biases = Line<T>::load(d.biases), zero = Line<T>::all(0);
    for (int64_t r = begin; r < end; r++) {
        Line<T> z = Line<T>::load(d.z.at(r, 0)) + biases;
        if (d.relu) z = larger(zero, z);  // so ordered, NaN stays
        select(inside, z, zero).store(d.z.at(r, 0));
    }
}

}  // namespace glassnet::GLASSNET_ISA
