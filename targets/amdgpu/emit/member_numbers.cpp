#include "targets/amdgpu/emit/member_numbers.hpp"

#include "codegen/ir/fold.hpp"
#include "codegen/ir/rules.hpp"

namespace sporkle::amdgpu {

using tile::Op;

MemberNumbers::MemberNumbers(const tile::Kernel& kernel)
    : kernel_(kernel), definitions_(kernel.types.size()), known_(kernel.types.size()) {
    note(kernel.body);
}

void MemberNumbers::note(const tile::Region& region) {
    for (const tile::Instruction& instruction : region.body) {
        for (const tile::Value v : instruction.results) definitions_[v.id] = &instruction;
        for (const tile::Region& inner : instruction.regions) note(inner);
    }
}

const std::vector<std::uint64_t>* MemberNumbers::of(tile::Value v) {
    Known& known = known_[v.id];
    if (!known.is_done) {
        const tile::Instruction* const by = definitions_[v.id];  // parameters of regions have none
        if (by != nullptr && kernel_.type_of(v).lanes == 1) known.values = compute(*by);
        known.is_done = true;
    }
    return known.values ? &*known.values : nullptr;
}

std::optional<std::vector<std::uint64_t>> MemberNumbers::compute(const tile::Instruction& by) {
    const auto members = static_cast<std::size_t>(kernel_.members);
    std::vector<std::uint64_t> values(members);
    if (by.op == Op::constant) {
        values.assign(members, by.bits);
        return values;
    }
    if (by.op == Op::member_id) {
        for (std::size_t m = 0; m < members; ++m) values[m] = m;
        return values;
    }
    const bool is_arithmetic =
        tile::is_unary(by.op) || tile::is_binary(by.op) || tile::is_comparison(by.op) || by.op == Op::convert;
    if (!is_arithmetic && by.op != Op::select) return std::nullopt;
    std::vector<const std::vector<std::uint64_t>*> operands;
    for (const tile::Value operand : by.operands) {
        operands.push_back(of(operand));
        if (operands.back() == nullptr) return std::nullopt;
    }
    const DType from = kernel_.type_of(by.operands[0]).scalar, to = kernel_.type_of(by.results[0]).scalar;
    std::vector<std::uint64_t> arguments(operands.size());
    for (std::size_t m = 0; m < members; ++m) {
        for (std::size_t n = 0; n < operands.size(); ++n) arguments[n] = (*operands[n])[m];
        if (by.op == Op::select) {
            values[m] = arguments[0] != 0 ? arguments[1] : arguments[2];
            continue;
        }
        const auto value = tile::fold(by.op, from, to, arguments);
        if (!value) return std::nullopt;
        values[m] = *value;
    }
    return values;
}

std::optional<LanePattern> MemberNumbers::pattern(tile::Value source, int wave_size) {
    const std::vector<std::uint64_t>* const sources = of(source);
    if (sources == nullptr) return std::nullopt;
    const auto lanes = static_cast<std::size_t>(wave_size);
    LanePattern pattern(lanes, any_lane);
    for (std::size_t m = 0; m < sources->size(); ++m) {
        const std::uint64_t from = (*sources)[m];
        if (from / lanes != m / lanes) return std::nullopt;
        int& lane = pattern[m % lanes];
        const int wanted = static_cast<int>(from % lanes);
        if (lane != any_lane && lane != wanted) return std::nullopt;
        lane = wanted;
    }
    return pattern;
}

}  // namespace sporkle::amdgpu
