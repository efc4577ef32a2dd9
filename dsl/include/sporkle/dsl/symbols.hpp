// The constants of the notation, and indices. What is known of a named thing at compile time (name, dtype,
// rank, extent, boundary rule) is its type; it has no value.
#pragma once

#include <cstdint>

#include <sporkle/dsl/errors.hpp>
#include <sporkle/dsl/fixed_string.hpp>
#include <sporkle/dsl/outline.hpp>
#include <sporkle/program.hpp>

namespace sporkle::notation {

inline constexpr DType f64 = DType::f64, f32 = DType::f32, f16 = DType::f16, bf16 = DType::bf16;
inline constexpr DType i8 = DType::i8, u8 = DType::u8, i16 = DType::i16, i32 = DType::i32;
inline constexpr DType u32 = DType::u32, i64 = DType::i64, boolean = DType::boolean;

template <Boundary rule>
struct BoundaryRule {};

/// What a read outside a tensor yields: see Boundary in program.hpp.
inline constexpr BoundaryRule<Boundary::zero> zero{};
inline constexpr BoundaryRule<Boundary::clamp> clamp{};
inline constexpr BoundaryRule<Boundary::wrap> wrap{};
inline constexpr BoundaryRule<Boundary::reflect> reflect{};

/// The orders of a reduction: sum(k, …).order(lanes). See Order in program.hpp.
inline constexpr Order chain = Order::chain, lanes = Order::lanes, any = Order::any;

/// The numerics classes of a kernel: kernel<"name">(…).numerics(fast).
inline constexpr Numerics reproducible = Numerics::reproducible, fast = Numerics::fast;

/// An index; `static_extent` is 0 when a tensor's dimension gives the extent at the call.
template <FixedString index_name, std::int64_t static_extent>
struct IndexSymbol {
    static constexpr bool is_subscript = true;
    static constexpr auto name = index_name;
    static constexpr Index declaration{make_name(index_name.view()), static_extent};

    static constexpr IndexSet outline(Outline& o) { return o.index(declaration); }
};

template <FixedString name, std::int64_t... extent>
constexpr auto make_index() {
    static_assert(sizeof(errors::BadName<name>) && sizeof(errors::BadExtent<name, extent...>));
    return IndexSymbol<name, (std::int64_t{0} + ... + extent)>{};
}

/// index<"i"> gets its extent at the call, index<"r", 3> has it at compile time.
template <FixedString name, std::int64_t... extent>
inline constexpr auto index = make_index<name, extent...>();

}  // namespace sporkle::notation
