// Products of layers with few units: a Line along their units would be half idle, so Lines run along
// rows (forward) and along the inputs (∂L/∂W). The chains are those of `tile`: equal bits.
#pragma once

#include "layers.hpp"

namespace glassnet::GLASSNET_ISA {

// Whether a layer is narrow: a fourth of a Line would be idle.
template <class T> constexpr bool is_narrow(int64_t units) { return units * 4 <= LANES<T> * 3; }

template <class T> struct NarrowDense {
    const Matrix<T>& x;
    const T* weights;  // a panel: `units` numbers of each Line are used
    const T* biases;
    const Matrix<T>& z;
    bool relu;
};

// z = x W + b for `rows` ≤ WIDTH rows from `first` on: registers of one feature, or unit, of them all.
template <class T, int UNITS>
void narrow_rows(const NarrowDense<T>& d, int64_t first, int rows) {
    constexpr int L = LANES<T>, W = WIDTH<T>;
    Register<T> sums[UNITS];
    UNROLL for (int u = 0; u < UNITS; u++) sums[u] = Register<T>{};
    const int64_t inputs = d.x.columns;
    const T* w = d.weights;
    int64_t f = 0;
    constexpr int HALF = W / 2;  // features at once: with few, one square's turning hides behind the last's sums
    if (rows == W) {
        for (; f + HALF <= inputs; f += HALF, w += HALF * L) {
            Register<T> x[HALF];
            const T* from = d.x.at(first, f / L) + f % L;
            UNROLL for (int r = 0; r < HALF; r++) x[r] = load_halves(from + r * d.x.row, from + (HALF + r) * d.x.row);
            transpose<T, HALF>(x);
            UNROLL for (int k = 0; k < HALF; k++)
                UNROLL for (int u = 0; u < UNITS; u++) sums[u] = fma(w[k * L + u] - Register<T>{}, x[k], sums[u]);
        }
    }
    for (int columns; f < inputs; f += columns, w += columns * L) {  // what is left, and rows that fill no register
        const int64_t left = inputs - f < L - f % L ? inputs - f : L - f % L;  // within a panel
        columns = left < W ? int(left) : W;
        Register<T> x[W];
        UNROLL for (int r = 0; r < W; r++) {
            x[r] = Register<T>{};
            if (r < rows) std::memcpy(&x[r], d.x.at(first + r, f / L) + f % L, size_t(columns) * sizeof(T));
        }
        transpose<T, W>(x);
        T turned[W * W];
        std::memcpy(turned, x, sizeof turned);
        for (int k = 0; k < columns; k++) {
            const Register<T> column = load_register(turned + k * W);
            UNROLL for (int u = 0; u < UNITS; u++) sums[u] = fma(w[k * L + u] - Register<T>{}, column, sums[u]);
        }
    }
    for (int from = 0; from < L; from += W) {
        Register<T> out[W];
        UNROLL for (int k = 0; k < W; k++) {
            out[k] = Register<T>{};
            if (from + k < UNITS) {
                Register<T> value = sums[from + k < UNITS ? from + k : 0] + d.biases[from + k];
                if (d.relu) value = Register<T>{} > value ? Register<T>{} : value;  // so ordered, NaN stays
                out[k] = value;
            }
        }
        transpose<T, W>(out);
        for (int r = 0; r < rows; r++) std::memcpy(d.z.at(first + r, 0) + from, &out[r], sizeof out[r]);
    }
}

template <class T, int UNITS = LANES<T> * 3 / 4>
void narrow_dense(const NarrowDense<T>& d, int64_t begin, int64_t end, int units) {
    if constexpr (UNITS > 1)
        if (units < UNITS) return narrow_dense<T, UNITS - 1>(d, begin, end, units);
    for (int64_t r = begin; r < end; r += WIDTH<T>)
        narrow_rows<T, UNITS>(d, r, end - r < WIDTH<T> ? int(end - r) : WIDTH<T>);
}

#if defined(__AVX512F__)
constexpr int NARROW = 12;  // units at once: with them the registers are full
#else
constexpr int NARROW = 6;
#endif

// ∂L/∂W = xᵀ ∂L/∂z of a Line's inputs, for `depth` rows: a Line of sums for each unit, in `c` one after
// the other.
template <class T, int UNITS>
void narrow_tile(const T* x, int64_t x_row, const T* dz, T* c, int64_t depth, bool go_on, int64_t ahead) {
    constexpr int L = LANES<T>;
    Line<T> sums[UNITS];
    UNROLL for (int u = 0; u < UNITS; u++) sums[u] = go_on ? Line<T>::load(c + u * L) : Line<T>::all(0);
    for (int64_t k = 0; k < depth; k++) {
        if (k < ahead) __builtin_prefetch(x + (depth + k) * x_row, 0, 2);
        Line<T> line = Line<T>::load(x + k * x_row);
        UNROLL for (int u = 0; u < UNITS; u++) sums[u] = fma(Line<T>::all(dz[k * L + u]), line, sums[u]);
    }
    UNROLL for (int u = 0; u < UNITS; u++) sums[u].store(c + u * L);
}

template <class T, int UNITS = NARROW>
void narrow_units(const T* x, int64_t x_row, const T* dz, T* c, int64_t depth, bool go_on, int units,
                  int64_t ahead) {
    if constexpr (UNITS > 1)
        if (units < UNITS) return narrow_units<T, UNITS - 1>(x, x_row, dz, c, depth, go_on, units, ahead);
    narrow_tile<T, UNITS>(x, x_row, dz, c, depth, go_on, ahead);
}

// The same for inputs that fill no Line: where turned sums have no room, they stand as always. COLUMNS
// of them at once: one sum alone would wait for itself.
template <class T, int COLUMNS = 4>
void narrow_rest(const T* x, int64_t x_row, const T* dz, T* c, int64_t depth, int columns, bool go_on, int units) {
    constexpr int L = LANES<T>;
    const Mask<T> inside = first_lanes<T>(units);
    int l = 0;
    for (; l + COLUMNS <= columns; l += COLUMNS) {
        Line<T> sums[COLUMNS];
        UNROLL for (int i = 0; i < COLUMNS; i++) sums[i] = go_on ? Line<T>::load(c + (l + i) * L) : Line<T>::all(0);
        for (int64_t k = 0; k < depth; k++) {
            const Line<T> line = Line<T>::load(dz + k * L);
            UNROLL for (int i = 0; i < COLUMNS; i++) sums[i] = fma(Line<T>::all(x[k * x_row + l + i]), line, sums[i]);
        }
        UNROLL for (int i = 0; i < COLUMNS; i++) select(inside, sums[i], Line<T>::all(0)).store(c + (l + i) * L);
    }
    if constexpr (COLUMNS > 1)
        if (l < columns) narrow_rest<T, COLUMNS / 2>(x + l, x_row, dz, c + l * L, depth, columns - l, go_on, units);
}

// Inputs begin … end of ∂L/∂W over `rows` rows of x and ∂L/∂z, to the Lines of `c`. While more rows will
// come (`done` is false), whole squares of Lines lie there transposed.
template <class T>
void narrow_gradient(const Matrix<T>& x, const T* dz, T* c, int64_t rows, int64_t begin, int64_t end, bool go_on,
                     bool done, int units) {
    constexpr int L = LANES<T>;
    // Where samples are read as they lie, the next block's come from memory meanwhile.
    const int64_t ahead = x.row != L ? rows : 0;
    for (int64_t f = begin; f < end; f += L, c += L * L) {
        const T* from = x.at(0, f / L);
        if (end - f < L) return narrow_rest(from, x.row, dz, c, rows, int(end - f), go_on, units);
        for (int u = 0; u < units; u += NARROW)
            narrow_units<T>(from, x.row, dz + u, c + u * L, rows, go_on, units - u < NARROW ? units - u : NARROW,
                            ahead);
        if (!done) continue;
        std::memset((void*)(c + units * L), 0, size_t(L - units) * LINE_BYTES);
        transpose_square(c, c);
    }
}

}  // namespace glassnet::GLASSNET_ISA
