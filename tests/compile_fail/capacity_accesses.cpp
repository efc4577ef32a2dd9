// A kernel has 64 different reads at most.
// expect: sporkle: a kernel is too large
// expect: max_accesses
// expect: {"u"}
#include "names.hpp"

template <std::size_t... t>
consteval auto many(std::index_sequence<t...>) {
    return kernel<"many">(v(i) = (u(i + static_cast<int>(t)) + ...));
}
constexpr auto x = many(std::make_index_sequence<65>{});
