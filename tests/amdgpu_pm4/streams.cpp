#include "tests/amdgpu_pm4/streams.hpp"

#include <cstdlib>
#include <optional>
#include <stdexcept>

#include "targets/amdgpu/pm4/formatted.hpp"

namespace sporkle::amdgpu::pm4::testing {

KernelDescriptor small_kernel(const Chip& chip) {
    KernelDescriptor d;
    d.kernarg_bytes = 12;
    d.entry_offset = 0x1000;
    switch (chip.generation) {
        case Generation::gfx9:
        case Generation::gfx90a:
            d.rsrc1 = 0x00AF0040, d.rsrc2 = 0x138C, d.properties = 0x0009;
            break;
        case Generation::gfx942:
            d.rsrc1 = 0x00AF0040, d.rsrc2 = 0x1384, d.properties = 0x0008;
            break;
        case Generation::gfx10:
            d.rsrc1 = 0x60AF0000, d.rsrc2 = 0x138C, d.properties = 0x0409;
            break;
        case Generation::gfx11:
            d.rsrc1 = 0x60AF0000, d.rsrc2 = 0x139A, d.properties = 0x0408;
            break;
        case Generation::gfx12:
            d.rsrc1 = 0x600F0000, d.rsrc2 = 0x1384, d.properties = 0x0408;
            break;
    }
    return d;
}

KernelDescriptor scratch_kernel(const Chip& chip, std::uint32_t bytes) {
    KernelDescriptor d = small_kernel(chip);
    d.private_segment_bytes = bytes;
    d.rsrc2 |= 1;
    return d;
}

std::vector<std::byte> bytes_of(const KernelDescriptor& d) {
    std::vector<std::byte> bytes(64);
    const auto put = [&](std::size_t offset, std::uint64_t value, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) bytes[offset + i] = static_cast<std::byte>(value >> (8 * i));
    };
    put(0, d.group_segment_bytes, 4);
    put(4, d.private_segment_bytes, 4);
    put(8, d.kernarg_bytes, 4);
    put(16, static_cast<std::uint64_t>(d.entry_offset), 8);
    put(44, d.rsrc3, 4);
    put(48, d.rsrc1, 4);
    put(52, d.rsrc2, 4);
    put(56, d.properties, 4);
    return bytes;
}

SubmissionValues some_submission() {
    SubmissionValues values;
    values.begin_timestamp = 0x7F0000002000;
    values.end_timestamp = 0x7F0000002008;
    values.fence_address = 0x7F0000002010;
    values.fence_value = 0x100000007;
    return values;
}

DispatchValues some_dispatch() { return {0x7F1234567800, 0x7F0000001040, {100, 2, 3}}; }

std::string faults_of(std::span<const std::uint32_t> stream, const Chip& chip) {
    std::string text;
    for (const Fault& fault : check_buffer(stream, chip))
        text += formatted("%zu: %s\n", fault.position, fault.text.c_str());
    return text;
}

std::string hex(std::span<const std::uint32_t> words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
        text += formatted("%08X%s", words[i], i % 8 == 7 || i + 1 == words.size() ? "\n" : " ");
    return text;
}

std::uint32_t register_at_dispatch(std::span<const std::uint32_t> stream, const Chip& chip,
                                   const std::string& name) {
    std::optional<std::uint32_t> value;
    for (const Packet& packet : decode(stream, chip))
        if (const auto* set = packet.as<SetRegisters>())
            for (const RegisterWrite& write : set->writes)
                if (write.reg && write.reg->name == name) value = write.value;
    if (!value) throw std::runtime_error("nothing sets " + name);
    return *value;
}

std::uint64_t test_seed() {
    const char* given = std::getenv("SPORKLE_TEST_SEED");
    return given ? std::strtoull(given, nullptr, 0) : 20240607;
}

}  // namespace sporkle::amdgpu::pm4::testing
