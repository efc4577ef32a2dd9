// A subscript has 4 indices at most.
// expect: sporkle: a subscript has more than 4 indices
// expect: {"u"}
#include "names.hpp"

template <std::size_t... t>
consteval auto many(std::index_sequence<t...>) {
    return kernel<"many">(s() = sum(numbered_index<t>..., u((numbered_index<t> + ...))));
}
constexpr auto x = many(std::make_index_sequence<5>{});
