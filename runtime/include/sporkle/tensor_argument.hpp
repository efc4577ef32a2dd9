// What a tensor argument may be, and the operand that it becomes.
#pragma once

#include <cstddef>
#include <ranges>
#include <type_traits>

#include <sporkle/array.hpp>
#include <sporkle/element.hpp>
#include <sporkle/operand.hpp>

namespace sporkle {

template <detail::ViewElement T, int Rank>
requires(Rank >= 0 && Rank <= max_rank) class DeviceView;
template <ElementType T, int Rank>
requires(Rank >= 0 && Rank <= max_rank) class DeviceArray;

namespace detail {

template <class T>
inline constexpr bool is_view = false;
template <class T, int Rank>
inline constexpr bool is_view<View<T, Rank>> = true;
template <class T, int Rank>
inline constexpr bool is_view<DeviceView<T, Rank>> = true;
template <class T>
inline constexpr bool is_array = false;
template <class T, int Rank>
inline constexpr bool is_array<Array<T, Rank>> = true;
template <class T, int Rank>
inline constexpr bool is_array<DeviceArray<T, Rank>> = true;

template <class T>
concept ElementRange = std::ranges::contiguous_range<T> && std::ranges::sized_range<T> &&
    ViewElement<std::remove_reference_t<std::ranges::range_reference_t<T>>>;

/// Arrays and views as they are, contiguous ranges as rank 1, lvalues of an element type as rank 0.
template <class A>
inline constexpr bool is_tensor = is_view<std::remove_cvref_t<A>> || is_array<std::remove_cvref_t<A>> ||
                                  ElementRange<std::remove_reference_t<A>> ||
                                  (std::is_lvalue_reference_v<A> && ElementType<std::remove_cvref_t<A>>);

template <class A>
auto to_view(std::remove_reference_t<A>& argument) {
    if constexpr (is_view<std::remove_cvref_t<A>>)
        return argument;
    else if constexpr (is_array<std::remove_cvref_t<A>>)
        return argument.view();
    else
        return view(argument);
}

/// A View as an operand; `storage` is null unless its addresses are a device's.
template <class T, int Rank>
Operand tensor_operand(const View<T, Rank>& tensor, const runtime::DeviceStorage* storage = nullptr) {
    Operand result;
    result.dtype = dtype_of<std::remove_const_t<T>>;
    result.rank = Rank;
    result.read_only = std::is_const_v<T>;
    result.data = const_cast<std::remove_const_t<T>*>(tensor.data());
    result.storage = storage;
    for (std::size_t d = 0; d < Rank; ++d) {
        result.extents[d] = tensor.extents()[d];
        result.strides[d] = tensor.strides()[d];
    }
    return result;
}
template <class T, int Rank>
Operand tensor_operand(const DeviceView<T, Rank>& tensor);

}  // namespace detail
}  // namespace sporkle
