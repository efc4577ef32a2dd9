#include "tools/benchmark/amd/isa/spills.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

#include <sporkle/error.hpp>

namespace sporkle::bench::amd {
namespace {

/// Calls `found` with each number behind "<key>:"; returns how many there are.
int each(std::string_view text, std::string_view key, const std::function<void(int)>& found) {
    int count = 0;
    for (std::size_t at = text.find(key); at != text.npos; at = text.find(key, at)) {
        at = std::min(text.find_first_not_of(' ', at + key.size()), text.size());
        int value = 0;
        if (std::from_chars(text.data() + at, text.data() + text.size(), value).ec != std::errc{})
            throw Error(ErrorCode::invalid_argument,
                        "LLVM's metadata has no number behind '" + std::string(key) + "'");
        found(value);
        ++count;
    }
    return count;
}

}  // namespace

Spills spills_of(std::string_view assembly) {
    Spills spills;
    spills.kernels = each(assembly, ".vgpr_spill_count:", [&](int n) { spills.vgprs += n; });
    const int scalar = each(assembly, ".sgpr_spill_count:", [&](int n) { spills.sgprs += n; });
    const int scratch = each(assembly, ".private_segment_fixed_size:", [&](int n) {
        spills.scratch_bytes = std::max(spills.scratch_bytes, n);
    });
    if (spills.kernels == 0 || scalar != spills.kernels || scratch != spills.kernels)
        throw Error(ErrorCode::invalid_argument, "the assembly text lacks LLVM's metadata about spills");
    return spills;
}

}  // namespace sporkle::bench::amd
