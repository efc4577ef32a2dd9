#include "targets/amdgpu/emulator/isa/outstanding.hpp"

#include <algorithm>

namespace sporkle::amdgpu::emulator {

bool Outstanding::ordered_behind(int reg, OperationKind kind) const {
    if (kind == OperationKind::unordered) return false;
    return std::all_of(operations_.begin(), operations_.end(), [&](const Operation& operation) {
        const bool writes = reg >= operation.first && reg < operation.first + operation.count;
        return !writes || operation.kind == kind;
    });
}

void Outstanding::issue(const Operation& operation) {
    operations_.push_back(operation);
    for (std::size_t reg = operation.first; reg < operation.first + std::size_t{operation.count}; ++reg) {
        ++pending_[reg];
        bits_[reg / 64] |= std::uint64_t{1} << reg % 64;
    }
}

int Outstanding::count(OperationKind kind) const {
    const auto same = [kind](const Operation& operation) { return operation.kind == kind; };
    return static_cast<int>(std::count_if(operations_.begin(), operations_.end(), same));
}

std::uint64_t Outstanding::wait(Counter counter, unsigned left) {
    const std::uint8_t bit = bit_of(counter);
    unsigned raised = 0;
    bool unordered = false;
    for (const Operation& operation : operations_)
        if (operation.counters & bit)
            ++raised, unordered = unordered || operation.kind == OperationKind::unordered;
    if (raised <= left || (unordered && left > 0)) return 0;
    unsigned ending = raised - left;
    std::uint64_t completes = 0;
    for (Operation& operation : operations_) {
        if (!(operation.counters & bit)) continue;
        if (ending-- == 0) break;
        operation.counters &= static_cast<std::uint8_t>(~bit);
        completes = std::max(completes, operation.completes);
        if (operation.counters) continue;
        for (std::size_t reg = operation.first; reg < operation.first + std::size_t{operation.count}; ++reg)
            if (--pending_[reg] == 0) bits_[reg / 64] &= ~(std::uint64_t{1} << reg % 64);
    }
    std::erase_if(operations_, [](const Operation& operation) { return operation.counters == 0; });
    return completes;
}

}  // namespace sporkle::amdgpu::emulator
