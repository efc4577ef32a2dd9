#include "targets/amdgpu/emit/narrow_numbers.hpp"

#include <algorithm>

#include "codegen/ir/rules.hpp"

namespace sporkle::amdgpu {

using tile::Op;
using tile::Space;
using tile::Value;

namespace {

bool is_word(DType type) { return type == DType::i32 || type == DType::u32; }

bool is_small(std::uint64_t bits) {
    constexpr std::int32_t limit = 1 << 23;
    const auto number = static_cast<std::int32_t>(static_cast<std::uint32_t>(bits));
    return -limit <= number && number < limit;
}

}  // namespace

/// Everything is taken to fit until something says otherwise; facts only ever turn to the worse, so
/// repetition ends.
NarrowNumbers::NarrowNumbers(const tile::Kernel& kernel) : kernel_(kernel) {
    for (const tile::Type type : kernel.types) values_.push_back(is_word(type.scalar));
    for (const tile::Buffer& buffer : kernel.buffers)
        buffers_.push_back(is_word(buffer.dtype) &&
                           (buffer.space == Space::shared || buffer.space == Space::private_));
    do {
        changed_ = false;
        region(kernel.body);
    } while (changed_);
}

void NarrowNumbers::require(Value v, bool fits) {
    if (fits || !values_[v.id]) return;
    values_[v.id] = false;
    changed_ = true;
}

void NarrowNumbers::region(const tile::Region& region) {
    for (const tile::Instruction& i : region.body) instruction(i);
}

void NarrowNumbers::instruction(const tile::Instruction& i) {
    if (i.op == Op::for_) return loop(i);
    if (i.op == Op::if_) {
        for (const tile::Region& inner : i.regions) {
            region(inner);
            for (std::size_t n = 0; n < i.results.size(); ++n)
                require(i.results[n], fits(inner.body.back().operands[n]));
        }
        return;
    }
    if (tile::writes(i.op)) {
        const auto buffer = static_cast<std::size_t>(i.buffer);
        if (buffers_[buffer] && !fits(i.operands[0])) {
            buffers_[buffer] = false;
            changed_ = true;
        }
        return;
    }
    for (const Value v : i.results) require(v, result_fits(i));
}

void NarrowNumbers::loop(const tile::Instruction& i) {
    const tile::Region& body = i.regions[0];
    require(body.parameters[0], false);
    region(body);
    for (std::size_t n = 0; n < i.results.size(); ++n) {
        require(body.parameters[n + 1], fits(i.operands[n + 3]) && fits(body.body.back().operands[n]));
        require(i.results[n], fits(body.parameters[n + 1]));
    }
}

bool NarrowNumbers::result_fits(const tile::Instruction& i) const {
    const auto all_fit = [&](std::size_t first) {
        return std::all_of(i.operands.begin() + static_cast<std::ptrdiff_t>(first), i.operands.end(),
                           [&](Value v) { return fits(v); });
    };
    switch (i.op) {
        case Op::constant:
            return is_small(i.bits);
        case Op::convert: {
            const DType from = kernel_.type_of(i.operands[0]).scalar;
            if (is_word(from)) return fits(i.operands[0]);
            return from == DType::boolean || from == DType::i8 || from == DType::u8 || from == DType::i16;
        }
        case Op::load:
        case Op::load_strided:
        case Op::gather:
            return buffers_[static_cast<std::size_t>(i.buffer)];
        case Op::splat:
        case Op::extract:
        case Op::slice:
        case Op::concat:
        case Op::min:
        case Op::max:
            return all_fit(0);
        case Op::select:
            return all_fit(1);
        case Op::shuffle:
            return fits(i.operands[0]);
        default:
            return false;
    }
}

}  // namespace sporkle::amdgpu
