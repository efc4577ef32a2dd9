#include <algorithm>
#include <cstring>

#include "tests/amdgpu_isa/machine_code.hpp"

namespace sporkle::testing {

using namespace amdgpu::emulator;

std::uint64_t TestMemory::allocate(std::size_t bytes, int fill) {
    const std::uint64_t address = next_;
    ranges_.emplace(address,
                    std::vector<std::byte>(std::max<std::size_t>(bytes, 1), static_cast<std::byte>(fill)));
    next_ += (bytes + 0x1ffff) / 0x10000 * 0x10000;  // at least a gap of 64 KiB behind it
    return address;
}
std::byte* TestMemory::at(std::uint64_t address, std::size_t bytes) {
    auto range = ranges_.upper_bound(address);
    if (range == ranges_.begin()) return nullptr;
    --range;
    const std::uint64_t offset = address - range->first;
    return offset + bytes <= range->second.size() ? range->second.data() + offset : nullptr;
}
AccessResult TestMemory::load(const VectorAccess& access, std::byte* data) {
    const auto n = static_cast<std::size_t>(access.bytes);
    for (std::size_t l = 0; l < max_lanes; ++l) {
        if (!(access.mask >> l & 1)) continue;
        const std::byte* from = at(access.addresses[l], n);
        if (!from) return AccessFault{access.addresses[l], "not mapped"};
        std::memcpy(data + l * n, from, n);
    }
    return {};
}
AccessResult TestMemory::store(const VectorAccess& access, const std::byte* data) {
    const auto n = static_cast<std::size_t>(access.bytes);
    for (std::size_t l = 0; l < max_lanes; ++l) {
        if (!(access.mask >> l & 1)) continue;
        std::byte* to = at(access.addresses[l], n);
        if (!to) return AccessFault{access.addresses[l], "not mapped"};
        std::memcpy(to, data + l * n, n);
    }
    return {};
}
AccessResult TestMemory::atomic(const VectorAccess& access, AtomicOperation op, const std::byte* operands,
                                std::byte* before) {
    const auto n = static_cast<std::size_t>(access.bytes);
    const auto count = static_cast<std::size_t>(atomic_operands(op));
    for (std::size_t l = 0; l < max_lanes; ++l) {
        if (!(access.mask >> l & 1)) continue;
        std::byte* cell = at(access.addresses[l], n);
        if (!cell) return AccessFault{access.addresses[l], "not mapped"};
        std::uint64_t old = 0, operand = 0, second = 0;
        std::memcpy(&old, cell, n);
        std::memcpy(&operand, operands + l * n * count, n);
        if (count == 2) std::memcpy(&second, operands + l * n * count + n, n);
        const std::uint64_t now = apply_atomic(op, access.bytes, old, operand, second);
        std::memcpy(cell, &now, n);
        if (before) std::memcpy(before + l * n, &old, n);
    }
    return {};
}
AccessResult TestMemory::scalar_load(std::uint64_t address, int bytes, CachePolicy, std::byte* data) {
    const std::byte* from = at(address, static_cast<std::size_t>(bytes));
    if (!from) return AccessFault{address, "not mapped"};
    std::memcpy(data, from, static_cast<std::size_t>(bytes));
    return {};
}
AccessResult TestMemory::fetch(std::uint64_t address, int bytes, std::byte* data) {
    return scalar_load(address, bytes, {}, data);
}
AccessResult TestMemory::control(CacheOperation, CachePolicy, int) { return {}; }

TestKernel::TestKernel(const std::string& chip, const LoadedCode& loaded, const std::string& name)
    : chip_(find_chip(chip)) {
    kernel_ = loaded.kernels.at(name);
    code = array(loaded.image);
    kernel_.entry += code;
}

int TestKernel::wave_size() const {
    constexpr unsigned wave32 = 1u << 10;
    return kernel_.properties & wave32 ? 32 : 64;
}

Program& TestKernel::program() {
    if (!program_) program_ = std::make_unique<Program>(chip_, wave_size(), memory, kernel_.entry);
    return *program_;
}

/// What a command processor does with a kernel descriptor, as LLVM's AMDGPU usage guide has it.
Counters TestKernel::run(const std::vector<std::byte>& arguments, int groups, int group_size) {
    const std::uint64_t kernarg = memory.allocate(arguments.size() + 256);
    std::copy(arguments.begin(), arguments.end(), memory.at(kernarg, arguments.size()));
    const int lanes = wave_size(), waves = (group_size + lanes - 1) / lanes;
    const std::uint64_t wave_scratch = std::uint64_t{kernel_.scratch_bytes} * static_cast<unsigned>(lanes);
    const std::uint64_t scratch = memory.allocate(wave_scratch * static_cast<unsigned>(waves) + 256, 0xcc);
    Counters total;
    for (int group = 0; group < groups; ++group) {
        Launch launch;
        launch.program = &program();
        launch.memory = &memory;
        launch.lds_bytes = static_cast<int>(kernel_.lds_bytes);
        launch.mode = kernel_.rsrc1 >> 12 & 0xff;
        launch.mode |= (kernel_.rsrc1 >> 21 & 1) << 8 | (kernel_.rsrc1 >> 23 & 1) << 9;
        launch.vgprs = vgprs;
        launch.scratch_bytes_per_lane = kernel_.scratch_bytes;
        launch.instruction_limit = instruction_limit;
        launch.approximate = approximate;
        for (int w = 0; w < waves; ++w) {
            WaveStart wave;
            const auto push64 = [&](std::uint64_t x) {
                wave.sgprs.push_back(static_cast<std::uint32_t>(x));
                wave.sgprs.push_back(static_cast<std::uint32_t>(x >> 32));
            };
            const std::uint64_t mine = wave_scratch * static_cast<unsigned>(w);
            const unsigned p = kernel_.properties;
            if (p & 1) {
                push64(scratch | std::uint64_t{1} << 63);
                wave.sgprs.push_back(0xffffffffu);
                wave.sgprs.push_back(chip_.generation == Generation::gfx9 ? 0x00e00000u
                                     : lanes == 32                        ? 0x31c16000u
                                                                          : 0x31e16000u);
            }
            if (p & 2) push64(0);
            if (p & 4) push64(0);
            if (p & 8) push64(kernarg);
            if (p & 16) push64(0);
            if (p & 32) push64(scratch);
            if (p & 64) wave.sgprs.push_back(kernel_.scratch_bytes);
            wave.sgprs.resize(kernel_.rsrc2 >> 1 & 31);
            if (chip_.generation == Generation::gfx12) {
                wave.trap_temporaries[9] = static_cast<std::uint32_t>(group);
            } else {
                if (kernel_.rsrc2 >> 7 & 1) wave.sgprs.push_back(static_cast<std::uint32_t>(group));
                if (kernel_.rsrc2 >> 8 & 1) wave.sgprs.push_back(0);
                if (kernel_.rsrc2 >> 9 & 1) wave.sgprs.push_back(0);
                if (kernel_.rsrc2 & 1 && !chip_.architected_scratch)
                    wave.sgprs.push_back(static_cast<std::uint32_t>(mine));
            }
            wave.scratch = scratch + mine;
            std::vector<std::uint32_t> ids(static_cast<std::size_t>(lanes)), zero(ids.size());
            for (int l = 0; l < lanes; ++l) {
                const int item = w * lanes + l;
                ids[static_cast<std::size_t>(l)] = static_cast<std::uint32_t>(item);
                if (item < group_size) wave.exec |= std::uint64_t{1} << l;
            }
            wave.vgprs = {ids};
            if (!chip_.packed_work_item_ids) wave.vgprs = {ids, zero, zero};
            launch.waves.push_back(std::move(wave));
        }
        Workgroup workgroup(launch);
        workgroup.run();
        total += workgroup.counters();
    }
    return total;
}

}  // namespace sporkle::testing
