// The floating-point operations of one lane, for any format; empty function objects, so that they can be
// template arguments.
#pragma once

#include <cmath>

#include "targets/amdgpu/emulator/isa/number.hpp"

namespace sporkle::amdgpu::emulator {

struct Add {
    template <class F>
    constexpr F operator()(F a, F b) const {
        return settled(a + b, a, b);
    }
};
struct Subtract {
    template <class F>
    constexpr F operator()(F a, F b) const {
        return settled(a - b, a, b);
    }
};
struct SubtractReversed {
    template <class F>
    constexpr F operator()(F a, F b) const {
        return settled(b - a, a, b);
    }
};
struct Multiply {
    template <class F>
    constexpr F operator()(F a, F b) const {
        return settled(a * b, a, b);
    }
};
/// Zero times anything is +0.
struct MultiplyZero {
    template <class F>
    constexpr F operator()(F a, F b) const {
        return a == 0 || b == 0 ? F(0) : settled(a * b, a, b);
    }
};
struct Fma {
    template <class F>
    F operator()(F a, F b, F c) const {
        return settled(std::fma(a, b, c), a, b, c);
    }
};
struct FmaZero {
    template <class F>
    F operator()(F a, F b, F c) const {
        return a == 0 || b == 0 ? settled(F(0) + c, c) : settled(std::fma(a, b, c), a, b, c);
    }
};
/// Two roundings, subnormals flushed everywhere whatever MODE says (v_mad_f32, v_mac_f32).
struct Mad {
    template <class F>
    constexpr F operator()(F a, F b, F c) const {
        const F product = flushed(flushed(a) * flushed(b));
        return settled(flushed(product + flushed(c)), a, b, c);
    }
};
struct Minimum2008 {
    template <class F>
    constexpr F operator()(F a, F b) const {
        return minimum_2008(a, b);
    }
};
struct Maximum2008 {
    template <class F>
    constexpr F operator()(F a, F b) const {
        return maximum_2008(a, b);
    }
};
struct MinimumNumber {
    template <class F>
    constexpr F operator()(F a, F b) const {
        return minimum_number(a, b);
    }
};
struct MaximumNumber {
    template <class F>
    constexpr F operator()(F a, F b) const {
        return maximum_number(a, b);
    }
};
struct Minimum {
    template <class F>
    constexpr F operator()(F a, F b) const {
        return minimum(a, b);
    }
};
struct Maximum {
    template <class F>
    constexpr F operator()(F a, F b) const {
        return maximum(a, b);
    }
};
struct Median {
    template <class F>
    constexpr F operator()(F a, F b, F c) const {
        return median(a, b, c);
    }
};
/// outer(inner(a, b), c): min3, max3, minmax, …
template <class Inner, class Outer>
struct Then {
    template <class F>
    constexpr F operator()(F a, F b, F c) const {
        return Outer{}(Inner{}(a, b), c);
    }
};
struct Floor {
    template <class F>
    F operator()(F x) const {
        return settled(std::floor(x), x);
    }
};
struct Ceil {
    template <class F>
    F operator()(F x) const {
        return settled(std::ceil(x), x);
    }
};
struct Trunc {
    template <class F>
    F operator()(F x) const {
        return settled(std::trunc(x), x);
    }
};
/// The process's rounding mode is to nearest even.
struct RoundEven {
    template <class F>
    F operator()(F x) const {
        return settled(std::nearbyint(x), x);
    }
};
/// x - floor(x), less than 1 even where the difference rounds up to it.
struct Fract {
    template <class F>
    F operator()(F x) const {
        constexpr F below_one = F(1) - std::numeric_limits<F>::epsilon() / 2;
        const F r = x - std::floor(x);
        return settled(r > below_one ? below_one : r, x);
    }
};
struct Ldexp {
    template <class F>
    F operator()(F x, int exponent) const {
        return settled(std::ldexp(x, exponent), x);
    }
};
struct FrexpMantissa {
    template <class F>
    F operator()(F x) const {
        int exponent = 0;
        return std::isfinite(x) ? std::frexp(x, &exponent) : settled(x, x);
    }
};
struct FrexpExponent {
    template <class F>
    int operator()(F x) const {
        int exponent = 0;
        if (std::isfinite(x) && x != 0) std::frexp(x, &exponent);
        return exponent;
    }
};

}  // namespace sporkle::amdgpu::emulator
