// A reduction has 8 indices at most.
// expect: sporkle: a reduction has more than 8 indices
#include "names.hpp"

template <std::size_t... t>
consteval auto many(std::index_sequence<t...>) {
    return kernel<"many">(s() = sum(numbered_index<t>..., 1.0f));
}
constexpr auto x = many(std::make_index_sequence<9>{});
