// SPORKLE_EXPORT: hands kernels to the compiler driver, through a section of the object file (export.hpp).
#pragma once

#include <cstddef>

#include <sporkle/export.hpp>
#include <sporkle/signature.hpp>

namespace sporkle::notation {

template <std::size_t count>
struct ExportRecords {
    ExportRecord records[count];
};

template <KernelObject... Kernels>
consteval ExportRecords<sizeof...(Kernels)> make_export(const Kernels&... kernels) {
    static_assert(sizeof...(Kernels) > 0, "sporkle: SPORKLE_EXPORT names no kernel");
    return {{ExportRecord{.program = kernels.program()}...}};
}

}  // namespace sporkle::notation

#define SPORKLE_JOIN_NOW(a, b) a##b
#define SPORKLE_JOIN(a, b) SPORKLE_JOIN_NOW(a, b)

/// SPORKLE_EXPORT(dense, conv, softmax) at namespace scope of a source file (not of a header), as often as
/// wanted. The constant has internal linkage, is kept without references, and holds no address.
#define SPORKLE_EXPORT(...)                                                            \
    namespace {                                                                        \
    [[gnu::used, gnu::section(SPORKLE_PROGRAM_SECTION)]] constexpr auto SPORKLE_JOIN(  \
        sporkle_export_, __COUNTER__) = ::sporkle::notation::make_export(__VA_ARGS__); \
    }
