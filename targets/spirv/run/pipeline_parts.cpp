#include "targets/spirv/run/pipeline_parts.hpp"

#include <cstring>

#include "sporkle_spirv_adapter_version.hpp"
#include "targets/spirv/run/pipeline_cache.hpp"

namespace sporkle::spirv::vulkan {
namespace {

/// Beginning of a file. Words follow, then the driver's bytes, then the identifier.
struct Sizes {
    std::uint32_t subgroup_size = 0, shuffle_size = 0;
    std::uint32_t words = 0, identifier_bytes = 0;
    std::uint64_t driver_bytes = 0;
};

template <class T>
void append(std::vector<std::byte>& bytes, std::span<const T> more) {
    const auto raw = std::as_bytes(more);
    bytes.insert(bytes.end(), raw.begin(), raw.end());
}

void add(Hasher& hasher, const FloatControls& controls) {
    const auto& [denorm_preserve, rounding_mode_rte, signed_zero_inf_nan_preserve] = controls;
    for (const bool granted : {denorm_preserve, rounding_mode_rte, signed_zero_inf_nan_preserve})
        hasher.word(granted);
}

void add(Hasher& hasher, const DeviceFacts& facts) {
    // All of its members: the compiler counts them.
    const auto& [fma_f32, fused_fma_f64, division_f32, division_f64, division_i64, sqrt_f32, sqrt_f64,
                 comparison_f32, widening, sign_f32, folding, shuffle, f16, f32, f64, pushed_words] = facts;
    hasher.word(static_cast<std::uint64_t>(fma_f32));
    for (const bool fact : {fused_fma_f64, division_f32, division_f64, division_i64, sqrt_f32, sqrt_f64,
                            comparison_f32, widening, sign_f32, folding, shuffle})
        hasher.word(fact);
    for (const FloatControls& controls : {f16, f32, f64}) add(hasher, controls);
    hasher.word(pushed_words);
}

}  // namespace

std::vector<std::byte> to_bytes(const PipelineParts& parts) {
    Sizes sizes;
    sizes.subgroup_size = parts.subgroup_size;
    sizes.shuffle_size = parts.shuffle_size;
    sizes.words = static_cast<std::uint32_t>(parts.words.size());
    sizes.identifier_bytes = static_cast<std::uint32_t>(parts.identifier.size());
    sizes.driver_bytes = parts.driver_cache.size();
    std::vector<std::byte> bytes;
    bytes.reserve(sizeof sizes + parts.words.size_bytes() + parts.driver_cache.size() +
                  parts.identifier.size());
    append(bytes, std::span<const Sizes>(&sizes, 1));
    append(bytes, parts.words);
    append(bytes, parts.driver_cache);
    append(bytes, parts.identifier);
    return bytes;
}

std::optional<PipelineParts> parts_of(std::span<const std::byte> bytes) {
    Sizes sizes;
    if (bytes.size() < sizeof sizes) return std::nullopt;
    std::memcpy(&sizes, bytes.data(), sizeof sizes);
    bytes = bytes.subspan(sizeof sizes);
    const std::uint64_t word_bytes = std::uint64_t(sizes.words) * sizeof(std::uint32_t);
    if (sizes.driver_bytes > bytes.size() ||
        word_bytes + sizes.identifier_bytes != bytes.size() - sizes.driver_bytes ||
        (sizes.words == 0) == (sizes.identifier_bytes == 0))
        return std::nullopt;
    PipelineParts parts;
    parts.subgroup_size = sizes.subgroup_size;
    parts.shuffle_size = sizes.shuffle_size;
    parts.words = {reinterpret_cast<const std::uint32_t*>(bytes.data()), sizes.words};
    parts.driver_cache = bytes.subspan(word_bytes, sizes.driver_bytes);
    const auto identifier = bytes.subspan(word_bytes + sizes.driver_bytes);
    parts.identifier = {reinterpret_cast<const std::uint8_t*>(identifier.data()), identifier.size()};
    return parts;
}

Hash pipeline_key(std::span<const std::byte> module, const DeviceFacts& facts, std::uint32_t loop_turns) {
    Hasher hasher;
    const Hash code = hash_of_many(module);
    hasher.word(code.high);
    hasher.word(code.low);
    hasher.word(adapter_version);
    hasher.word(loop_turns);
    add(hasher, facts);
    return hasher.finish();
}

}  // namespace sporkle::spirv::vulkan
