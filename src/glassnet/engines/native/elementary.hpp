// Elementary functions on Lines, from fused multiply-adds alone: e^x, e^x − 1, log(1 + x), tanh, the
// logistic function, and erfc(x)·e^(x²). Each is within a few units in the last place; none
// depends on a system's library, so all machines get the same bits.
#pragma once

#include "erfc_coefficients.hpp"
#include "vectors.hpp"

namespace glassnet::GLASSNET_ISA {

constexpr double FACTORIALS[] = {1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800, 39916800,
                                 479001600, 6227020800};
template <class T> constexpr T LARGEST = sizeof(T) == 4 ? T(0x1.fffffep127) : T(0x1.fffffffffffffp1023);

template <class T> struct Constants;
template <> struct Constants<float> {
    static constexpr float round = 12582912.0f;  // 1.5·2²³: adding it rounds to a whole number
    static constexpr float ln2_high = 0x1.62e4p-1f, ln2_low = 0x1.7f7d1cp-20f;
    static constexpr float lowest = -110.0f, highest = 100.0f;  // eˣ is 0, infinite beyond
    static constexpr int terms = 7, log_terms = 8, mantissa = 23, bias = 127;
};
template <> struct Constants<double> {
    static constexpr double round = 6755399441055744.0;  // 1.5·2⁵²
    static constexpr double ln2_high = 0x1.62e42fee00000p-1, ln2_low = 0x1.a39ef35793c76p-33;
    static constexpr double lowest = -760.0, highest = 720.0;
    static constexpr int terms = 13, log_terms = 17, mantissa = 52, bias = 1023;
};

// 2ⁿ for whole numbers n whose power is a normal number, by writing the exponent's bits.
template <class T> INLINE Line<T> power_of_two(Line<T> n) {
    using C = Constants<T>;
    Line<T> shifted = n + Line<T>::all(C::round);
    Line<T> zero = Line<T>::all(C::round);
    each_part([&](int i) INLINE_LAMBDA {
        Bits<T> whole = (Bits<T>)shifted.v[i] - (Bits<T>)zero.v[i];
        shifted.v[i] = (Register<T>)((whole + C::bias) << C::mantissa);
    });
    return shifted;
}

// x = n ln 2 + r: n, and e^r − 1 by its Taylor series, |r| ≤ ln 2 / 2.
template <class T> struct Reduced {
    Line<T> n, less_one;
};
template <class T> INLINE Reduced<T> reduce(Line<T> x) {
    using C = Constants<T>;
    Line<T> round = Line<T>::all(C::round);
    Line<T> n = fma(x, Line<T>::all(T(1.4426950408889634)), round) - round;
    Line<T> r = fma(n, Line<T>::all(-C::ln2_high), x);
    r = fma(n, Line<T>::all(-C::ln2_low), r);
    T inverse[C::terms + 1] = {1};
    for (int k = 1; k <= C::terms; k++) inverse[k] = T(1) / T(FACTORIALS[k]);
    Line<T> p = Line<T>::all(inverse[C::terms]);
    for (int k = C::terms - 1; k >= 2; k--) p = fma(p, r, Line<T>::all(inverse[k]));
    return {n, fma(p * r, r, r)};
}

template <class T> INLINE Line<T> exponential(Line<T> x) {
    using C = Constants<T>;
    Mask<T> nan = ~(x == x);
    Line<T> inside = larger(smaller(x, Line<T>::all(C::highest)), Line<T>::all(C::lowest));
    Reduced<T> e = reduce(inside);
    // 2ⁿ in two factors, so that results below the normal numbers, and infinity, come out right.
    Line<T> round = Line<T>::all(C::round);
    Line<T> half = (e.n * T(0.5) + round) - round;
    Line<T> result = (e.less_one + T(1)) * power_of_two(half) * power_of_two(e.n - half);
    return select(nan, x, result);
}

// eˣ − 1 without its cancellation near 0, for x ≤ 0.
template <class T> INLINE Line<T> exponential_less_one(Line<T> x) {
    using C = Constants<T>;
    Mask<T> nan = ~(x == x);
    Line<T> inside = larger(x, Line<T>::all(T(-(C::mantissa + 2))));
    Reduced<T> e = reduce(inside);
    Line<T> power = power_of_two(e.n);
    return select(nan, x, fma(power, e.less_one, power - T(1)));
}

template <class T> INLINE Line<T> hyperbolic_tangent(Line<T> x) {
    Line<T> u = exponential_less_one(T(-2) * magnitude(x));  // e^(−2|x|) − 1
    Line<T> y = -u / (u + T(2));
    return select(x < T(0), -y, select(x == x, y, x));
}

template <class T> INLINE Line<T> logistic(Line<T> x) {  // 1/(1 + e⁻ˣ), its exponential at most 1
    Line<T> e = exponential(-magnitude(x));
    return select(x < T(0), e, Line<T>::all(1)) / (e + T(1));
}

// log(1 + u) for u ≥ 0: 1 + u = 2ⁿ(1 + v), and log(1 + v) = 2 artanh(v/(2 + v)) by its series.
template <class T> INLINE Line<T> log_one_plus(Line<T> u) {
    using C = Constants<T>;
    Line<T> total = u + T(1);
    Mask<T> large = u > T(1);
    Line<T> n = Line<T>::all(0), v = u;
    Line<T> mantissa, exponent;
    each_part([&](int i) INLINE_LAMBDA {
        Bits<T> bits = (Bits<T>)total.v[i];
        Bits<T> power = (bits >> C::mantissa) - C::bias;
        Bits<T> one = (bits & ((typename Kind<T>::Int(1) << C::mantissa) - 1)) |
                      (typename Kind<T>::Int(C::bias) << C::mantissa);
        mantissa.v[i] = (Register<T>)one;
        exponent.v[i] = __builtin_convertvector(power, Register<T>);
    });
    v = select(large, mantissa - T(1), v);
    n = select(large, exponent, n);
    Line<T> s = v / (v + T(2)), square = s * s;
    Line<T> p = Line<T>::all(T(1) / T(2 * C::log_terms + 1));
    for (int k = C::log_terms - 1; k >= 1; k--)
        p = fma(p, square, Line<T>::all(T(1) / T(2 * k + 1)));
    Line<T> log = fma(p * square, s, s) * T(2);
    Line<T> result = fma(n, Line<T>::all(C::ln2_high), fma(n, Line<T>::all(C::ln2_low), log));
    return select(~(u <= Line<T>::all(LARGEST<T>)), u, result);
}

// erfc(x)·e^(x²) for x ≥ 0: a polynomial in t = (x − 3)/(x + 3), over 1 + 2x.
template <class T> INLINE Line<T> scaled_erfc(Line<T> x) {
    Line<T> t = (x - T(3)) / (x + T(3));
    Line<T> p = Line<T>::all(Erfc<T>::c[Erfc<T>::degree]);
    for (int k = Erfc<T>::degree - 1; k >= 0; k--) p = fma(p, t, Line<T>::all(Erfc<T>::c[k]));
    return p / (x * T(2) + T(1));
}

// Φ(z) and φ(z)·√(2π) of the normal distribution, which share one exponential.
template <class T> struct Normal {
    Line<T> distribution, density;
};
template <class T> INLINE Normal<T> normal(Line<T> z) {
    Line<T> x = magnitude(z) * T(0.70710678118654752440);
    x = smaller(x, Line<T>::all(T(40)));  // e^(−1600) is 0
    Line<T> square = x * x;
    Line<T> rest = fma(x, x, -square);  // what rounding took from x²
    Line<T> density = exponential(-square);
    density = density - density * rest;
    Line<T> tail = scaled_erfc(x) * density * T(0.5);
    Line<T> distribution = select(z < T(0), tail, T(1) - tail);
    return {select(z == z, distribution, z), density};
}

}  // namespace glassnet::GLASSNET_ISA
