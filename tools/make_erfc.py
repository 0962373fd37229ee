"""Works out the coefficients of the kernel's erfc: `python tools/make_erfc.py > FILE`, with mpmath.

f(t) = e^(x²) erfc(x) (1 + 2x), x = 3(1 + t)/(1 − t), is smooth on −1 ≤ t ≤ 1 (x from 0 to ∞). Its
Chebyshev series (50 digits) is cut where its terms are below the type's rounding, and written as a
polynomial in t.
"""

import mpmath as mp

DEGREES = {"float": 12, "double": 23}
POINTS = 120


def scaled(t: mp.mpf) -> mp.mpf:
    """f(t); far out by its asymptotic series."""
    x = 3 * (1 + t) / (1 - t)
    if x < 1000:
        return mp.exp(x * x) * mp.erfc(x) * (1 + 2 * x)
    series = mp.nsum(lambda k: (-1) ** int(k) * mp.fac2(2 * k - 1) / (2 * x * x) ** k, [0, 8])
    return series * (1 + 2 * x) / (x * mp.sqrt(mp.pi))


def chebyshev(count: int) -> list[mp.mpf]:
    """The first coefficients of the Chebyshev series."""
    angles = [mp.pi * (k + mp.mpf(1) / 2) / POINTS for k in range(POINTS)]
    values = [scaled(mp.cos(angle)) for angle in angles]
    return [
        (2 if j else 1)
        * mp.fsum(v * mp.cos(j * a) for v, a in zip(values, angles, strict=True))
        / POINTS
        for j in range(count)
    ]


def powers(series: list[mp.mpf]) -> list[mp.mpf]:
    """The same polynomial by powers of t: T₀ = 1, T₁ = t, Tₖ₊₁ = 2t Tₖ − Tₖ₋₁."""
    total = [mp.mpf(0)] * len(series)
    before, now = [mp.mpf(1)], [mp.mpf(0), mp.mpf(1)]
    for coefficient in series:
        for power, value in enumerate(before):
            total[power] += coefficient * value
        after = [mp.mpf(0), *(2 * value for value in now)]
        for power, value in enumerate(before):
            after[power] -= value
        before, now = now, after
    return total


def main() -> None:
    """Print the header."""
    mp.mp.dps = 50
    print("// Coefficients of the scaled erfc, lowest power first; made by tools/make_erfc.py.")
    print("#pragma once\n")
    print("namespace glassnet::GLASSNET_ISA {\n")
    print("template <class T> struct Erfc;")
    for name, degree in DEGREES.items():
        print(f"template <> struct Erfc<{name}> {{")
        print(f"    static constexpr int degree = {degree};")
        print(f"    static constexpr {name} c[] = {{")
        for value in powers(chebyshev(degree + 1)):
            print(f"        {name}({mp.nstr(value, 20)}),")
        print("    };\n};")
    print("\n}  // namespace glassnet::GLASSNET_ISA")


if __name__ == "__main__":
    main()
