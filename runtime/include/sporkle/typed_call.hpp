// From the C++ arguments of a call to operands, with their number, types and ranks checked against the
// kernel's signature while the program is compiled.
#pragma once

#include <sporkle/posix_index.hpp>  // before <cstring>

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

#include <sporkle/array.hpp>
#include <sporkle/device_array.hpp>
#include <sporkle/element.hpp>
#include <sporkle/operand.hpp>
#include <sporkle/signature.hpp>

namespace sporkle::detail {

/// A name as a type, so that every compiler spells it out in its messages.
template <char... characters>
struct Named;
template <Name name, std::size_t... i>
Named<name.text[i]...> name_type(std::index_sequence<i...>);
template <Name name>
using NameType = decltype(name_type<name>(std::make_index_sequence<name.view().size()>()));

/// Checks one argument. Its parameters show in the compiler's message what was expected and what was given.
template <class KernelName, class ArgumentName, bool is_scalar, DType dtype, int rank, Role role, class Given>
struct CheckArgument {
    using Plain = std::remove_cvref_t<Given>;

    static constexpr bool check() {
        if constexpr (is_scalar) {
            static_assert(!is_view<Plain> && !is_array<Plain> && !ElementRange<Plain>,
                          "sporkle: this argument of the kernel is a scalar; pass a number, not a tensor");
            if constexpr (!is_view<Plain> && !is_array<Plain> && !ElementRange<Plain>)
                static_assert(
                    std::is_same_v<Plain, Element<dtype>>,
                    "sporkle: a scalar argument must have exactly the kernel's type (float for f32, double "
                    "for f64, std::int32_t for i32, …); cast it");
            return std::is_same_v<Plain, Element<dtype>>;
        } else if constexpr (!is_tensor<Given>) {
            static_assert(
                is_tensor<Given>,
                "sporkle: this argument of the kernel is a tensor; pass an Array, a View, a contiguous range "
                "(rank 1), a variable (rank 0), a DeviceArray or a DeviceView");
            return false;
        } else {
            using V = decltype(to_view<Given>(std::declval<std::remove_reference_t<Given>&>()));
            using T = typename V::element;
            static_assert(std::is_same_v<std::remove_const_t<T>, Element<dtype>>,
                          "sporkle: the elements of this argument do not have the kernel's type");
            static_assert(V::rank == rank,
                          "sporkle: this argument does not have the rank of the kernel's tensor");
            static_assert(role != Role::output || !std::is_const_v<T>,
                          "sporkle: this argument is an output of the kernel, but its elements are constant");
            return std::is_same_v<std::remove_const_t<T>, Element<dtype>> && V::rank == rank &&
                   (role != Role::output || !std::is_const_v<T>);
        }
    }
};

template <const ArgumentSignature& expected, Name kernel, class Given>
Operand operand(std::remove_reference_t<Given>& given) {
    Operand result;
    if constexpr (CheckArgument<NameType<kernel>, NameType<expected.name>, expected.is_scalar, expected.dtype,
                                expected.rank, expected.role, Given>::check()) {
        if constexpr (expected.is_scalar) {
            result.is_scalar = true;
            result.dtype = expected.dtype;
            std::memcpy(&result.bits, &given, sizeof(given));
        } else {
            result = tensor_operand(to_view<Given>(given));
        }
    }
    return result;
}

template <class K, std::size_t n>
inline constexpr ArgumentSignature argument_of = K::signature.arguments[n];

/// The operands of a call. `Given` are the arguments' types as deduced for forwarding references.
template <class K, class... Given>
std::array<Operand, sizeof...(Given)> operands(std::remove_reference_t<Given>&... given) {
    constexpr bool right_count = sizeof...(Given) == K::signature.count;
    static_assert(right_count, "sporkle: wrong number of arguments for this kernel");
    if constexpr (right_count) return [&]<std::size_t... n>(std::index_sequence<n...>) {
            return std::array<Operand, sizeof...(Given)>{
                operand<argument_of<K, n>, K::signature.kernel, Given>(given)...};
        }
    (std::index_sequence_for<Given...>{});
    else return {};
}

}  // namespace sporkle::detail
