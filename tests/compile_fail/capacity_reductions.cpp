// A kernel has 16 reductions at most.
// expect: sporkle: a kernel is too large
// expect: {"max_reductions"}
#include "names.hpp"

template <std::size_t... t>
consteval auto many(std::index_sequence<t...>) {
    return kernel<"many">(s() = (sum(i, u(i + static_cast<int>(t))) + ...));
}
constexpr auto x = many(std::make_index_sequence<17>{});
