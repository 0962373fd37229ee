// Vectors: one Line is 64 bytes (16 float or 8 double) on every instruction set, held in as many
// registers as that takes. What is written with Lines does the same arithmetic, lane by lane,
// everywhere; only `fma` and `root` need to know the instruction set.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

#define INLINE inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")
#define INLINE_LAMBDA __attribute__((always_inline))

namespace glassnet::GLASSNET_ISA {

#if defined(__AVX512F__)
constexpr int REGISTER_BYTES = 64;
constexpr int TILE_ROWS = 8, TILE_LINES = 3;  // 24 of 32 registers hold sums
#elif defined(__AVX2__)
constexpr int REGISTER_BYTES = 32;
constexpr int TILE_ROWS = 4, TILE_LINES = 1;  // 8 of 16
#else
constexpr int REGISTER_BYTES = 16;
constexpr int TILE_ROWS = 4, TILE_LINES = 1;  // 16 of 32
#endif
constexpr int LINE_BYTES = 64;
constexpr int PARTS = LINE_BYTES / REGISTER_BYTES;

template <class T> struct Kind;
template <> struct Kind<float> {
    typedef float Register __attribute__((vector_size(REGISTER_BYTES)));
    typedef int32_t Bits __attribute__((vector_size(REGISTER_BYTES)));
    using Int = int32_t;
};
template <> struct Kind<double> {
    typedef double Register __attribute__((vector_size(REGISTER_BYTES)));
    typedef int64_t Bits __attribute__((vector_size(REGISTER_BYTES)));
    using Int = int64_t;
};
template <class T> using Register = typename Kind<T>::Register;
template <class T> using Bits = typename Kind<T>::Bits;
template <class T> constexpr int LANES = LINE_BYTES / int(sizeof(T));

// a·b + c, rounded once.
#if defined(__AVX512F__)
INLINE Register<float> fma(Register<float> a, Register<float> b, Register<float> c) {
    return _mm512_fmadd_ps(a, b, c);
}
INLINE Register<double> fma(Register<double> a, Register<double> b, Register<double> c) {
    return _mm512_fmadd_pd(a, b, c);
}
INLINE Register<float> root(Register<float> a) { return _mm512_sqrt_ps(a); }
INLINE Register<double> root(Register<double> a) { return _mm512_sqrt_pd(a); }
#elif defined(__AVX2__)
INLINE Register<float> fma(Register<float> a, Register<float> b, Register<float> c) {
    return _mm256_fmadd_ps(a, b, c);
}
INLINE Register<double> fma(Register<double> a, Register<double> b, Register<double> c) {
    return _mm256_fmadd_pd(a, b, c);
}
INLINE Register<float> root(Register<float> a) { return _mm256_sqrt_ps(a); }
INLINE Register<double> root(Register<double> a) { return _mm256_sqrt_pd(a); }
#else
INLINE Register<float> fma(Register<float> a, Register<float> b, Register<float> c) {
    return (Register<float>)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
INLINE Register<double> fma(Register<double> a, Register<double> b, Register<double> c) {
    return (Register<double>)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
}
INLINE Register<float> root(Register<float> a) {
    return (Register<float>)vsqrtq_f32((float32x4_t)a);
}
INLINE Register<double> root(Register<double> a) {
    return (Register<double>)vsqrtq_f64((float64x2_t)a);
}
#endif
INLINE float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
INLINE double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }

template <class T> INLINE Register<T> load_register(const T* from) {  // any alignment
    Register<T> r;
    std::memcpy(&r, from, sizeof r);
    return r;
}

template <class T> constexpr int WIDTH = REGISTER_BYTES / int(sizeof(T));  // numbers of a register

// Register i and number i of each group of COUNT numbers change places, bit by bit of the places: with
// COUNT = WIDTH a square is transposed, with half of it two at once, side by side.
template <class T, int COUNT, int distance = COUNT / 2> INLINE void transpose(Register<T> (&a)[COUNT]) {
    if constexpr (distance > 0) {
        constexpr int W = WIDTH<T>;
        Bits<T> low, high;
        UNROLL for (int k = 0; k < W; k++) {
            low[k] = k & distance ? W + k - distance : k;
            high[k] = k & distance ? W + k : k + distance;
        }
        UNROLL for (int i = 0; i < COUNT; i++)
            if (!(i & distance)) {
                const Register<T> one = a[i], two = a[i | distance];
                a[i] = __builtin_shuffle(one, two, low);
                a[i | distance] = __builtin_shuffle(one, two, high);
            }
        transpose<T, COUNT, distance / 2>(a);
    }
}

// Half a register from here, half from there.
#if defined(__AVX512F__)
INLINE Register<float> load_halves(const float* a, const float* b) {
    return _mm512_insertf32x8(_mm512_castps256_ps512(_mm256_loadu_ps(a)), _mm256_loadu_ps(b), 1);
}
INLINE Register<double> load_halves(const double* a, const double* b) {
    return _mm512_insertf64x4(_mm512_castpd256_pd512(_mm256_loadu_pd(a)), _mm256_loadu_pd(b), 1);
}
#elif defined(__AVX2__)
INLINE Register<float> load_halves(const float* a, const float* b) {
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(a)), _mm_loadu_ps(b), 1);
}
INLINE Register<double> load_halves(const double* a, const double* b) {
    return _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(a)), _mm_loadu_pd(b), 1);
}
#else
template <class T> INLINE Register<T> load_halves(const T* a, const T* b) {
    Register<T> r;
    std::memcpy(&r, a, sizeof r / 2);
    std::memcpy((char*)&r + sizeof r / 2, b, sizeof r / 2);
    return r;
}
#endif

// Registers are named one by one, not in a loop: GCC then keeps them in registers.
template <class F> INLINE void each_part(F f) {
    [&]<int... i>(std::integer_sequence<int, i...>) INLINE_LAMBDA { (f(i), ...); }(
        std::make_integer_sequence<int, PARTS>{});
}

template <class T> struct Mask {
    Bits<T> v[PARTS];
};

template <class T> struct Line {
    Register<T> v[PARTS];

    static INLINE Line all(T value) {
        Line r;
        each_part([&](int i) INLINE_LAMBDA { r.v[i] = value - Register<T>{}; });
        return r;
    }
    static INLINE Line load(const T* from) {  // any alignment
        Line r;
        each_part([&](int i) INLINE_LAMBDA { r.v[i] = load_register(from + i * WIDTH<T>); });
        return r;
    }
    INLINE void store(T* to) const {
        each_part([&](int i) INLINE_LAMBDA { std::memcpy(to + i * WIDTH<T>, &v[i], REGISTER_BYTES); });
    }
};

#define GLASSNET_BINARY(OP)                                                                 \
    template <class T> INLINE Line<T> operator OP(Line<T> a, Line<T> b) {                   \
        Line<T> r;                                                                          \
        each_part([&](int i) INLINE_LAMBDA { r.v[i] = a.v[i] OP b.v[i]; });                          \
        return r;                                                                           \
    }                                                                                       \
    template <class T> INLINE Line<T> operator OP(Line<T> a, T b) { return a OP Line<T>::all(b); } \
    template <class T> INLINE Line<T> operator OP(T a, Line<T> b) { return Line<T>::all(a) OP b; }
GLASSNET_BINARY(+)
GLASSNET_BINARY(-)
GLASSNET_BINARY(*)
GLASSNET_BINARY(/)
#undef GLASSNET_BINARY

#define GLASSNET_COMPARE(OP)                                                  \
    template <class T> INLINE Mask<T> operator OP(Line<T> a, Line<T> b) {     \
        Mask<T> r;                                                            \
        each_part([&](int i) INLINE_LAMBDA { r.v[i] = a.v[i] OP b.v[i]; });            \
        return r;                                                             \
    }                                                                         \
    template <class T> INLINE Mask<T> operator OP(Line<T> a, T b) { return a OP Line<T>::all(b); }
GLASSNET_COMPARE(>)
GLASSNET_COMPARE(<)
GLASSNET_COMPARE(>=)
GLASSNET_COMPARE(<=)
GLASSNET_COMPARE(==)
#undef GLASSNET_COMPARE

template <class T> INLINE Line<T> operator-(Line<T> a) {
    each_part([&](int i) INLINE_LAMBDA { a.v[i] = -a.v[i]; });
    return a;
}
template <class T> INLINE Line<T> fma(Line<T> a, Line<T> b, Line<T> c) {
    each_part([&](int i) INLINE_LAMBDA { c.v[i] = fma(a.v[i], b.v[i], c.v[i]); });
    return c;
}
template <class T> INLINE Line<T> fma(Line<T> a, Line<T> b, T c) {
    return fma(a, b, Line<T>::all(c));
}
template <class T> INLINE Line<T> root(Line<T> a) {
    each_part([&](int i) INLINE_LAMBDA { a.v[i] = root(a.v[i]); });
    return a;
}
template <class T> INLINE Line<T> select(Mask<T> where, Line<T> a, Line<T> b) {
    each_part([&](int i) INLINE_LAMBDA {
        a.v[i] = (Register<T>)((where.v[i] & (Bits<T>)a.v[i]) | (~where.v[i] & (Bits<T>)b.v[i]));
    });
    return a;
}
template <class T> INLINE Mask<T> operator|(Mask<T> a, Mask<T> b) {
    each_part([&](int i) INLINE_LAMBDA { a.v[i] |= b.v[i]; });
    return a;
}
template <class T> INLINE Mask<T> operator~(Mask<T> a) {
    each_part([&](int i) INLINE_LAMBDA { a.v[i] = ~a.v[i]; });
    return a;
}
template <class T> INLINE Line<T> larger(Line<T> a, Line<T> b) { return select(a > b, a, b); }
template <class T> INLINE Line<T> smaller(Line<T> a, Line<T> b) { return select(a < b, a, b); }
template <class T> INLINE Line<T> magnitude(Line<T> a) {
    constexpr typename Kind<T>::Int sign = typename Kind<T>::Int(1) << (8 * sizeof(T) - 1);
    each_part([&](int i) INLINE_LAMBDA { a.v[i] = (Register<T>)((Bits<T>)a.v[i] & ~sign); });
    return a;
}
// All lanes of a Line into one, halves upon halves: the same tree on every instruction set.
template <class T, int half, class F> INLINE Register<T> fold_register(Register<T> a, F f) {
    Bits<T> upper;
    UNROLL for (int i = 0; i < WIDTH<T>; i++) upper[i] = (i + half) % WIDTH<T>;
    a = f(a, __builtin_shuffle(a, upper));
    if constexpr (half > 1) return fold_register<T, half / 2>(a, f);
    return a;
}
template <class T, class F> INLINE T fold(Line<T> a, F f) {
    UNROLL for (int half = PARTS / 2; half; half /= 2)
        UNROLL for (int i = 0; i < half; i++) a.v[i] = f(a.v[i], a.v[i + half]);
    return fold_register<T, WIDTH<T> / 2>(a.v[0], f)[0];
}
template <class T> INLINE T sum_lanes(Line<T> a) {
    return fold(a, [](Register<T> x, Register<T> y) INLINE_LAMBDA { return x + y; });
}
template <class T> INLINE T largest_lane(Line<T> a) {
    return fold(a, [](Register<T> x, Register<T> y) INLINE_LAMBDA { return x > y ? x : y; });
}
template <class T> INLINE bool any(Mask<T> a) {
    Line<T> bits;  // of which NaN and numbers alike are compared as integers
    std::memcpy(&bits, &a, sizeof a);
    auto either = [](Register<T> x, Register<T> y) INLINE_LAMBDA { return (Register<T>)((Bits<T>)x | (Bits<T>)y); };
    const T found = fold(bits, either);
    typename Kind<T>::Int word;
    std::memcpy(&word, &found, sizeof word);
    return word != 0;
}
template <class T> T largest_magnitude(const T* a, int64_t lines) {
    Line<T> most = Line<T>::all(0);
    for (int64_t i = 0; i < lines; i++) most = larger(magnitude(Line<T>::load(a + i * LANES<T>)), most);
    return largest_lane(most);
}
// Σ aᵢ² in float64: a sum for each lane, then these in order.
template <class T> double sum_squares(const T* a, int64_t lines) {
    constexpr int L = LANES<T>;
    double sums[L] = {}, total = 0;
    for (int64_t i = 0; i < lines; i++)
        for (int l = 0; l < L; l++) sums[l] += double(a[i * L + l]) * double(a[i * L + l]);
    for (int l = 0; l < L; l++) total += sums[l];
    return total;
}

// 1, 1, …, 0, 0: ones in the first `count` lanes, by which what lies beyond a row's end is dropped.
template <class T> INLINE Mask<T> first_lanes(int count) {
    typename Kind<T>::Int lanes[LANES<T>];
    for (int i = 0; i < LANES<T>; i++) lanes[i] = i < count ? -1 : 0;
    Mask<T> r;
    std::memcpy(&r, lanes, LINE_BYTES);
    return r;
}

// The transpose of a square of Lines; `to` may be `from`.
template <class T> void transpose_square(const T* from, T* to) {
    constexpr int L = LANES<T>, W = WIDTH<T>;
    for (int i = 0; i < L; i += W)
        for (int j = i; j < L; j += W) {
            Register<T> here[W], there[W];
            UNROLL for (int k = 0; k < W; k++) here[k] = load_register(from + (i + k) * L + j);
            transpose<T, W>(here);
            if (i != j) {
                UNROLL for (int k = 0; k < W; k++) there[k] = load_register(from + (j + k) * L + i);
                transpose<T, W>(there);
                UNROLL for (int k = 0; k < W; k++) std::memcpy(to + (i + k) * L + j, &there[k], sizeof there[k]);
            }
            UNROLL for (int k = 0; k < W; k++) std::memcpy(to + (j + k) * L + i, &here[k], sizeof here[k]);
        }
}

}  // namespace glassnet::GLASSNET_ISA
