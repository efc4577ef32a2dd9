// SMEM: loads of uniform values, clocks, scalar cache control.
#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "targets/amdgpu/emulator/isa/bind.hpp"
#include "targets/amdgpu/emulator/isa/hazard.hpp"
#include "targets/amdgpu/emulator/isa/issue_model.hpp"
#include "targets/amdgpu/emulator/isa/wave.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

/// In Instruction::flags: loads of less than a register are sign-extended.
constexpr std::uint8_t sign_extends = 1;

void issue_load(Wave& w, const Instruction& i) {
    issue(w, scalar_memory_counter(w.chip), OperationKind::unordered, &i.def[0],
          issue_model::scalar_memory_latency);
}

std::uint64_t offset_of(const Wave& w, const Instruction& i) {
    const std::uint64_t reg = i.uses > 1 ? w.read32(i.use[1]) : 0;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(i.offset)) + reg;
}

/// `i.extra` bytes from memory, into the destination.
void load(Wave& w, const Instruction& i, std::uint64_t address) {
    std::array<std::uint32_t, 16> words{};
    const int bytes = static_cast<int>(i.extra);
    // Hardware ignores the low address bits; a compiler never emits such a load.
    if (address % static_cast<std::uint64_t>(std::min(bytes, 4)) != 0)
        throw WaveFault{Failure::memory_fault, "a scalar load that is not aligned", address};
    if (const AccessResult fault =
            w.memory->scalar_load(address, bytes, i.policy, reinterpret_cast<std::byte*>(words.data())))
        throw WaveFault{Failure::memory_fault, "scalar load: " + fault->reason, fault->address};
    if (bytes < 4 && i.flags & sign_extends)
        words[0] = bytes == 1 ? static_cast<std::uint32_t>(static_cast<std::int8_t>(words[0]))
                              : static_cast<std::uint32_t>(static_cast<std::int16_t>(words[0]));
    for (int k = 0; k < i.def[0].words; ++k)
        w.scalar[static_cast<std::size_t>(i.def[0].index + k)] = words[static_cast<std::size_t>(k)];
    w.counters->scalar_load_bytes += static_cast<std::uint64_t>(bytes);
    issue_load(w, i);
}

void run_load(Wave& w, const Instruction& i) { load(w, i, w.read(i.use[0]) + offset_of(w, i)); }

/// Through a buffer descriptor (V#): base in [47:0], stride in [61:48], number of records in [95:64]. Words
/// out of range read as 0.
void run_buffer_load(Wave& w, const Instruction& i) {
    const int v = i.use[0].index;
    const auto at = [&](int k) { return w.scalar[static_cast<std::size_t>(v + k)]; };
    const std::uint64_t base = at(0) | static_cast<std::uint64_t>(at(1) & 0xffffu) << 32;
    const std::uint64_t stride = at(1) >> 16 & 0x3fff, size = stride ? stride * at(2) : at(2);
    const std::uint64_t offset = offset_of(w, i);
    if (offset + i.extra <= size) return load(w, i, base + offset);
    for (int k = 0; k < i.def[0].words; ++k) w.scalar[static_cast<std::size_t>(i.def[0].index + k)] = 0;
    issue_load(w, i);
}

void run_clock(Wave& w, const Instruction& i) {
    w.write(i.def[0], w.time);
    issue_load(w, i);
}

template <CacheOperation operation>
void run_control(Wave& w, const Instruction& i) {
    if (const AccessResult fault = w.memory->control(operation, i.policy, w.compute_unit))
        throw WaveFault{Failure::memory_fault, fault->reason, fault->address};
}
void run_nothing(Wave&, const Instruction&) {}

struct Size {
    std::string_view name;
    std::uint32_t bytes;
    bool sign;
};
constexpr Size sizes[] = {
    {"dword", 4, false},     {"dwordx2", 8, false}, {"dwordx4", 16, false}, {"dwordx8", 32, false},
    {"dwordx16", 64, false}, {"b32", 4, false},     {"b64", 8, false},      {"b96", 12, false},
    {"b128", 16, false},     {"b256", 32, false},   {"b512", 64, false},    {"u8", 1, false},
    {"i8", 1, true},         {"u16", 2, false},     {"i16", 2, true},
};

}  // namespace

bool bind_scalar_memory(const Binding& binding, Instruction& i) {
    if (binding.format != Format::smem) return false;
    i.kind = InstructionClass::smem;
    const std::string_view name = binding.name;
    if (name == "s_memtime" || name == "s_memrealtime") return i.run = run_clock, true;
    if (name == "s_dcache_inv" || name == "s_dcache_inv_vol")
        return i.run = run_control<CacheOperation::scalar_invalidate>, true;
    if (name == "s_dcache_wb" || name == "s_dcache_wb_vol")
        return i.run = run_control<CacheOperation::scalar_write_back>, true;
    if (name == "s_gl1_inv") return i.run = run_control<CacheOperation::gl1_invalidate>, true;
    if (name.starts_with("s_prefetch_")) return i.run = run_nothing, true;
    const bool buffer = name.starts_with("s_buffer_load_");
    if (!buffer && !name.starts_with("s_load_")) return false;
    const std::string_view size = name.substr(buffer ? 14 : 7);
    const auto* found =
        std::find_if(std::begin(sizes), std::end(sizes), [&](const Size& s) { return s.name == size; });
    if (found == std::end(sizes) || i.defs != 1 || i.uses < 1) return false;
    i.extra = found->bytes;
    if (found->sign) i.flags |= sign_extends;
    i.run = buffer ? run_buffer_load : run_load;
    return true;
}

}  // namespace sporkle::amdgpu::emulator
