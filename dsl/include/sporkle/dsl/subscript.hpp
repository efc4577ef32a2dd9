// Affine subscripts: sums of indices with integer coefficients and an integer constant, such as y*2 + r - 1.
// Which indices take part is in the type; coefficients and constant are numbers in the object.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include <sporkle/dsl/builder.hpp>
#include <sporkle/dsl/symbols.hpp>

namespace sporkle::notation {

/// An index or an affine expression of indices.
template <class T>
concept Subscript = requires {
    requires T::is_subscript;
};

/// An integer constant of C++.
template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool>;

/// An index in itself.
template <class T>
concept IndexOnly = Subscript<T> && requires {
    T::declaration;
};

/// Σ coefficients[n] · Indices[n] + constant. An index may stand several times; emit() adds it up.
template <class... Indices>
struct AffineExpression {
    static constexpr bool is_subscript = true;
    static constexpr int term_count = sizeof...(Indices);

    std::int64_t coefficients[sizeof...(Indices) > 0 ? sizeof...(Indices) : 1] = {};
    std::int64_t constant = 0;

    static constexpr IndexSet outline(Outline& o) {
        IndexSet set = 0;
        outline_each(o, [&set](IndexSet index) { set |= index; });
        return set;
    }
    /// Calls visit(IndexSet) for each index by itself, from left to right.
    template <class Visit>
    static constexpr void outline_each([[maybe_unused]] Outline& o, [[maybe_unused]] Visit visit) {
        (visit(Indices::outline(o)), ...);
    }
    /// The subscript in the numbering of a Program. The tensor's name is for messages.
    template <FixedString tensor>
    constexpr Affine emit(const Program& p) const;
};

/// A subscript on its way into a Program, with room for everything that an author may write.
struct WideAffine {
    std::int64_t coefficients[max_indices] = {};  ///< by number of the index
    IndexSet mentioned = 0;

    constexpr void add(int index, std::int64_t coefficient) {
        coefficients[index] += coefficient;
        mentioned |= IndexSet(1) << index;
    }
};

constexpr bool fits_32_bits(std::int64_t value) { return value == static_cast<std::int32_t>(value); }

template <FixedString tensor>
constexpr Affine narrow(const WideAffine& wide, std::int64_t constant) {
    Affine affine;
    if (!fits_32_bits(constant)) errors::subscript_out_of_range<tensor>();
    affine.constant = static_cast<std::int32_t>(constant);
    for (int i = 0; i < max_indices; ++i) {
        if (!(wide.mentioned >> i & 1)) continue;
        if (wide.coefficients[i] == 0) errors::coefficient_is_zero<tensor>();
        if (!fits_32_bits(wide.coefficients[i])) errors::subscript_out_of_range<tensor>();
        if (affine.count == max_terms) errors::too_many_terms<tensor>();
        affine.terms[affine.count++] = {static_cast<std::uint8_t>(i),
                                        static_cast<std::int32_t>(wide.coefficients[i])};
    }
    return affine;
}

template <FixedString name, std::int64_t extent>
constexpr AffineExpression<IndexSymbol<name, extent>> to_affine(IndexSymbol<name, extent>) {
    return {{1}, 0};
}
template <class... Indices>
constexpr const AffineExpression<Indices...>& to_affine(const AffineExpression<Indices...>& x) {
    return x;
}
constexpr AffineExpression<> to_affine(Integer auto constant) {
    return {{}, static_cast<std::int64_t>(constant)};
}

template <class... L, class... R>
constexpr AffineExpression<L..., R...> affine_sum(const AffineExpression<L...>& left,
                                                  const AffineExpression<R...>& right,
                                                  std::int64_t right_sign) {
    AffineExpression<L..., R...> sum;
    for (int n = 0; n < left.term_count; ++n) sum.coefficients[n] = left.coefficients[n];
    for (int n = 0; n < right.term_count; ++n)
        sum.coefficients[left.term_count + n] = right_sign * right.coefficients[n];
    sum.constant = left.constant + right_sign * right.constant;
    return sum;
}

template <class... Indices>
constexpr AffineExpression<Indices...> affine_multiple(AffineExpression<Indices...> x, std::int64_t factor) {
    for (std::int64_t& coefficient : x.coefficients) coefficient *= factor;
    x.constant *= factor;
    return x;
}

template <class... Indices>
template <FixedString tensor>
constexpr Affine AffineExpression<Indices...>::emit(const Program& p) const {
    WideAffine wide;
    int n = 0;
    (wide.add(number_of(p.indices, Indices::name.view()), coefficients[n++]), ...);
    static_cast<void>(n);
    return narrow<tensor>(wide, constant);
}

}  // namespace sporkle::notation
