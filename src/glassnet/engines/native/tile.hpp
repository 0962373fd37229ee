// The tile product: C = A·B for a few rows and Lines of C, whose sums stay in registers.
//
// Matrices lie in *panels*: a panel is one Line wide, and its rows follow one another; panel after
// panel makes the matrix. So a product reads its operands as they lie, and columns past the last
// are zeros. Each element of C is one chain c ← fma(a, b, c) over k = 0, 1, 2, …: equal bits
// whatever the tile's size, the instruction set, and the thread that computes it.
#pragma once

#include "vectors.hpp"

namespace glassnet::GLASSNET_ISA {

// Memory that is read soon, a few lines of it asked for between one tile and the next, so that the
// wait for it goes by unnoticed. Rows `order[row]`, `order[row + by]`, … of a table.
struct Ahead {
    const char* table = nullptr;
    const int64_t* order;
    int64_t row_stride, row_bytes, by, rows = 0;
    int64_t at_once;  // cache lines between two tiles
    int64_t row = 0, byte = 0;
    // Before these: runs of the parameters (and the optimizer's slots) that are about to be updated.
    const char* runs[9];
    int run_count = 0;
    int64_t run_bytes = 0, run_byte = 0, run_at_once = 0;

    void fetch_runs() {
        for (int64_t i = 0; i < run_at_once && run_count; i++) {
            __builtin_prefetch(runs[run_count - 1] + run_byte, 1, 2);
            run_byte += 64;
            if (run_byte < run_bytes) continue;
            run_byte = 0;
            run_count--;
        }
    }
    void fetch() {
        if (run_count) fetch_runs();
        if (row >= rows) return;
        const char* from = table + order[row] * row_stride;
        for (int64_t i = 0; i < at_once; i++) {
            __builtin_prefetch(from + byte, 0, 2);
            byte += 64;
            if (byte < row_bytes) continue;
            byte = 0;
            row += by;
            if (row >= rows) return;
            from = table + order[row] * row_stride;
        }
    }
};

// C (rows × lines): `c_panel` from one panel's row to the same row of the next.
template <class T> struct Product {
    const T* a;
    int64_t a_panel;  // from a panel of A to the next
    const T* b;
    int64_t b_panel;
    T* c;
    int64_t c_panel;
    int64_t depth;      // how many k
    bool go_on;         // begin from what C holds, else from 0
    const T* bias;      // a Line for each panel of C, added at the end; or null
    bool relu;          // max(0, c) at the end
    Ahead* ahead = nullptr;
};

// Rows of A are rows of C (forward, and ∂L/∂x = ∂L/∂z Wᵀ), or columns are (∂L/∂W = xᵀ ∂L/∂z).
enum class Reading { rows, columns };

// Sums are registers by name of place, not Lines: GCC keeps arrays of structs in memory now and then.
template <class T, Reading reading, int ROWS, int LINES> void tile(const Product<T>& p) {
    constexpr int L = LANES<T>, W = LINES * PARTS;
    Register<T> sums[ROWS][W];
    auto place = [](int j) INLINE_LAMBDA { return j % PARTS * (L / PARTS); };  // of a register in its Line
    if (p.go_on) {
        UNROLL for (int i = 0; i < ROWS; i++)
            UNROLL for (int j = 0; j < W; j++)
                sums[i][j] = load_register(p.c + (j / PARTS) * p.c_panel + i * L + place(j));
    } else {
        UNROLL for (int i = 0; i < ROWS; i++)
            UNROLL for (int j = 0; j < W; j++) sums[i][j] = Register<T>{};
    }
    const T* b[LINES];
    UNROLL for (int j = 0; j < LINES; j++) b[j] = p.b + j * p.b_panel;
    // One k: a row of B's Lines, times one element of A for each row of C.
    auto add = [&](const T* a, int64_t k) INLINE_LAMBDA {
        Register<T> row[W];
        UNROLL for (int j = 0; j < W; j++) row[j] = load_register(b[j / PARTS] + k * L + place(j));
        UNROLL for (int i = 0; i < ROWS; i++) {
            Register<T> one = a[reading == Reading::rows ? i * L : i] - Register<T>{};
            UNROLL for (int j = 0; j < W; j++) sums[i][j] = fma(one, row[j], sums[i][j]);
        }
    };
    if constexpr (reading == Reading::columns) {
        for (int64_t k = 0; k < p.depth; k++) add(p.a + k * L, k);
    } else {
        const T* a = p.a;
        int64_t k = 0;
        for (; k + L <= p.depth; k += L, a += p.a_panel)
            UNROLL for (int l = 0; l < L; l++) add(a + l, k + l);
        for (int l = 0; k + l < p.depth; l++) add(a + l, k + l);
    }
    UNROLL for (int i = 0; i < ROWS; i++)
        UNROLL for (int j = 0; j < LINES; j++) {
            Line<T> value;
            UNROLL for (int part = 0; part < PARTS; part++) value.v[part] = sums[i][j * PARTS + part];
            if (p.bias) value = value + Line<T>::load(p.bias + j * L);
            if (p.relu) value = larger(Line<T>::all(0), value);  // so ordered, NaN stays
            value.store(p.c + j * p.c_panel + i * L);
        }
}

template <class T, Reading reading, int LINES> INLINE void tile_rows(const Product<T>& p, int rows) {
    switch (rows) {
        case 1: return tile<T, reading, 1, LINES>(p);
        case 2: return tile<T, reading, 2, LINES>(p);
        case 3: return tile<T, reading, 3, LINES>(p);
        case 4: return tile<T, reading, 4, LINES>(p);
#if defined(__AVX512F__)
        case 5: return tile<T, reading, 5, LINES>(p);
        case 6: return tile<T, reading, 6, LINES>(p);
        case 7: return tile<T, reading, 7, LINES>(p);
        case 8: return tile<T, reading, 8, LINES>(p);
#endif
    }
}

// C's rows [0, rows) and panels [0, panels), tile by tile. Reading columns, rows of C are taken a
// tile at a time within one panel of A: TILE_ROWS divides a Line.
template <class T, Reading reading>
void product(Product<T> p, int64_t rows, int64_t panels) {
    constexpr int L = LANES<T>;
    for (int64_t j = 0; j < panels;) {
        int64_t left = panels - j;
        int lines = left < TILE_LINES ? int(left) : TILE_LINES;
        if (left == 4 && TILE_LINES == 3) lines = 2;
        Product<T> q = p;
        q.b = p.b + j * p.b_panel;
        q.bias = p.bias ? p.bias + j * L : nullptr;
        for (int64_t i = 0; i < rows; i += TILE_ROWS) {
            int count = rows - i < TILE_ROWS ? int(rows - i) : TILE_ROWS;
            if constexpr (reading == Reading::rows) q.a = p.a + i * L;
            else q.a = p.a + (i / L) * p.a_panel + i % L;
            q.c = p.c + j * p.c_panel + i * L;
            if (p.ahead) p.ahead->fetch();
            if (lines == 1) tile_rows<T, reading, 1>(q, count);
            else if constexpr (TILE_LINES >= 3) {
                if (lines == 2) tile_rows<T, reading, 2>(q, count);
                else tile_rows<T, reading, 3>(q, count);
            }
        }
        j += lines;
    }
}

}  // namespace glassnet::GLASSNET_ISA
