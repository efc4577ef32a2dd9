#include "codegen/ir/uniformity.hpp"

#include <algorithm>

#include "codegen/ir/rules.hpp"

namespace sporkle::tile {

/// Facts only ever turn from uniform to varying, so repetition ends.
Uniformity::Uniformity(const Kernel& kernel, int group)
    : kernel_(kernel),
      values_(kernel.types.size()),
      buffers_(kernel.buffers.size()),
      group_(group),
      constants_(kernel.types.size()) {
    do {
        changed_ = false;
        misplaced_ = misplaced_fragment_ = nullptr;
        region(kernel.body, false);
    } while (changed_);
}

bool Uniformity::any_varies(const std::vector<Value>& values) const {
    return std::any_of(values.begin(), values.end(), [&](Value v) { return varies(v); });
}

bool Uniformity::is_group_number(const Instruction& i) const {
    return (i.op == Op::shr || i.op == Op::shr_logical) && i.operands[0] == member_id_ &&
           constants_[i.operands[1].id] < 64 &&
           std::uint64_t{1} << constants_[i.operands[1].id] >= static_cast<std::uint64_t>(group_);
}

void Uniformity::mark(Value v, bool varies) {
    if (!varies || values_[v.id]) return;
    values_[v.id] = true;
    changed_ = true;
}

void Uniformity::mark_buffer(int buffer, bool varies) {
    const auto n = static_cast<std::size_t>(buffer);
    if (!varies || buffers_[n] || kernel_.buffers[n].space != Space::private_) return;
    buffers_[n] = true;
    changed_ = true;
}

void Uniformity::region(const Region& region, bool diverged) {
    for (const Instruction& i : region.body) instruction(i, diverged);
}

void Uniformity::instruction(const Instruction& i, bool diverged) {
    if (is_collective(i.op) && diverged && misplaced_ == nullptr) misplaced_ = &i;
    if (is_matrix(i.op) && diverged && misplaced_fragment_ == nullptr) misplaced_fragment_ = &i;
    if (i.op == Op::constant) constants_[i.results[0].id] = i.bits;
    if (i.op == Op::member_id) member_id_ = i.results[0];
    if (i.op == Op::for_) return loop(i, diverged);
    bool varying = (i.op == Op::member_id && group_ > 1) || any_varies(i.operands);
    if (i.op == Op::if_) {
        for (const Region& r : i.regions) {
            region(r, diverged || varying);
            for (std::size_t n = 0; n < i.results.size(); ++n)
                mark(i.results[n], varying || varies(r.body.back().operands[n]));
        }
        return;
    }
    if (i.op == Op::shuffle)
        varying = varies(i.operands[1]) || (varies(i.operands[0]) && kernel_.shuffle_width < group_);
    if (is_group_number(i)) varying = false;
    if (is_store(i.op)) mark_buffer(i.buffer, varying || diverged);
    if (is_load(i.op)) varying = varying || buffers_[static_cast<std::size_t>(i.buffer)];
    for (Value v : i.results) mark(v, varying);
}

/// A loop whose trips vary leaves different values behind, even where each trip computes the same.
void Uniformity::loop(const Instruction& i, bool diverged) {
    const Region& body = i.regions[0];
    const bool bounds = varies(i.operands[0]) || varies(i.operands[1]) || varies(i.operands[2]);
    mark(body.parameters[0], bounds);
    for (std::size_t n = 0; n < i.results.size(); ++n) {
        const Value parameter = body.parameters[n + 1];
        mark(parameter, bounds || varies(i.operands[n + 3]) || varies(body.body.back().operands[n]));
        mark(i.results[n], varies(parameter));
    }
    region(body, diverged || bounds);
    for (std::size_t n = 0; n < i.results.size(); ++n)
        mark(body.parameters[n + 1], varies(body.body.back().operands[n]));
}

}  // namespace sporkle::tile
