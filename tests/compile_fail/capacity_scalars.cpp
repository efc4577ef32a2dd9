// A kernel has 16 scalars at most.
// expect: sporkle: a kernel is too large
// expect: {"max_scalars"}
#include "names.hpp"

template <std::size_t... t>
consteval auto many(std::index_sequence<t...>) {
    return kernel<"many">(v(i) = (numbered_scalar<t> + ...));
}
constexpr auto x = many(std::make_index_sequence<17>{});
