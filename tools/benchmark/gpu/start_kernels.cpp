// Hands the fifty kernels to the kernel compiler.
#include "tools/benchmark/gpu/start_kernels.hpp"

namespace {

using namespace sporkle;

template <int... numbers>
consteval auto export_all(std::integer_sequence<int, numbers...>) {
    return notation::make_export(bench::kernels::started<numbers>...);
}

// What SPORKLE_EXPORT does, for kernels that are numbered and have no names to list.
[[gnu::used, gnu::section(SPORKLE_PROGRAM_SECTION)]] constexpr auto fifty =
    export_all(std::make_integer_sequence<int, bench::kernels::started_kernels>());

}  // namespace
