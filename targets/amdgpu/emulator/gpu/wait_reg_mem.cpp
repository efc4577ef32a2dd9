// WAIT_REG_MEM: polling. The value is read where the command processor reads, so a flag that the CPU sets in
// memory that the L2 keeps a copy of is never seen, unless it is mapped uncached.
#include <chrono>
#include <thread>

#include "targets/amdgpu/emulator/gpu/command_processor.hpp"
#include "targets/amdgpu/pm4/formatted.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

bool holds(pm4::WaitFunction function, std::uint32_t value, std::uint32_t reference) {
    switch (function) {
        case pm4::WaitFunction::always:
            return true;
        case pm4::WaitFunction::less:
            return value < reference;
        case pm4::WaitFunction::less_equal:
            return value <= reference;
        case pm4::WaitFunction::equal:
            return value == reference;
        case pm4::WaitFunction::not_equal:
            return value != reference;
        case pm4::WaitFunction::greater_equal:
            return value >= reference;
        case pm4::WaitFunction::greater:
            return value > reference;
    }
    return false;
}

}  // namespace

void CommandProcessor::operator()(const pm4::WaitRegMem& p) {
    if (p.mem_space != 1 || p.operation != 0)
        throw GpuFault(place_ + ": WAIT_REG_MEM of a register or with another operation is not supported");
    wait_for_dispatches();  // they go on meanwhile
    const auto start = std::chrono::steady_clock::now();
    for (;;) {
        std::uint32_t value = 0;
        read(p.address, &value, sizeof(value), "WAIT_REG_MEM");
        if (holds(static_cast<pm4::WaitFunction>(p.function), value & p.mask, p.reference)) return;
        const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - start;
        if (gpu_.stop || waited.count() > gpu_.poll_limit_seconds)
            throw GpuFault(
                pm4::formatted("%s: the ring hangs in WAIT_REG_MEM: address 0x%llx has 0x%x (mask 0x%x), "
                               "waited for function "
                               "%u of 0x%x",
                               place_.c_str(), static_cast<unsigned long long>(p.address), value, p.mask,
                               p.function, p.reference));
        std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
}

}  // namespace sporkle::amdgpu::emulator
