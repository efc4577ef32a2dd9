#include "targets/spirv/emit/index_forms.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "codegen/ir/rules.hpp"

namespace sporkle::spirv {
namespace {

using tile::Instruction;
using tile::Op;
using tile::Region;
using tile::Value;

constexpr std::int64_t far = std::int64_t{1} << 61;  ///< stands for all that lies beyond it
constexpr std::int64_t small_limit = std::int64_t{1} << 31;
constexpr std::int64_t highest_factor = std::int64_t{1} << 30;

std::int64_t bounded(std::int64_t x) { return std::clamp(x, -far, far); }

std::int64_t bounded_product(std::int64_t a, std::int64_t b) {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product)) return (a < 0) == (b < 0) ? far : -far;
    return bounded(product);
}

/// Bounds of a sum of two numbers with such bounds.
std::int64_t lowest(std::int64_t a, std::int64_t b) { return std::min(a, b) == -far ? -far : bounded(a + b); }
std::int64_t highest(std::int64_t a, std::int64_t b) { return std::max(a, b) == far ? far : bounded(a + b); }

/// The highest value that a range can mean.
std::int64_t highest_of(std::int64_t high) {
    return high == far ? std::numeric_limits<std::int64_t>::max() : high;
}

std::int64_t power_of_two_in(std::int64_t x) {
    const auto bits = static_cast<std::uint64_t>(x);
    const std::uint64_t lowest = bits & (~bits + 1);
    return bits == 0 || lowest > std::uint64_t{highest_factor} ? highest_factor
                                                               : static_cast<std::int64_t>(lowest);
}

/// Types whose ranges and factors are followed.
bool is_followed(DType type) { return type == DType::i64 || type == DType::i32 || type == DType::u32; }

bool is_constant_space(tile::Space space) {
    return space == tile::Space::shared || space == tile::Space::private_;
}

}  // namespace

IndexForms::IndexForms(const tile::Kernel& kernel)
    : kernel_(kernel),
      definitions_(kernel.types.size(), nullptr),
      factors_(kernel.types.size(), highest_factor),
      needed_(kernel.types.size(), 0),
      bits_(kernel.types.size(), 0),
      from_long_(kernel.types.size(), 1) {
    for (const tile::Type type : kernel.types) ranges_.push_back(whole(type.scalar));
    find_ranges(kernel.body);
    find_long_sources(kernel.body);
    // Carried values begin with the highest factor and lose it as what comes around turns out to lack it.
    while (refine_factors(kernel.body)) {
    }
    while (propagate(kernel.body)) {
    }
}

/// All values of an integer type; of i64 those that any index may have.
IndexForms::Range IndexForms::whole(DType type) {
    if (type == DType::i64 || !is_integer(type)) return {-far, far};
    const std::int64_t values = std::int64_t{1} << tile::width_of(type);
    return is_signed(type) ? Range{-values / 2, values / 2 - 1} : Range{0, values - 1};
}

/// What is known of a result that wraps into its type.
IndexForms::Range IndexForms::within(DType type, Range range) {
    const Range all = whole(type);
    return range.low >= all.low && range.high <= all.high ? range : all;
}

bool IndexForms::is_exact(const Instruction& x) const {
    const DType type = kernel_.type_of(x.results[0]).scalar;
    if (type == DType::i64) return true;
    const Range all = whole(type), exact = range_of(x);
    return exact.low >= all.low && exact.high <= all.high;
}

bool IndexForms::is_small(Value v) const {
    return ranges_[v.id].low >= 0 && ranges_[v.id].high < small_limit;
}

bool IndexForms::is_small_operation(const Instruction& x) const {
    switch (x.op) {
        case Op::div:
        case Op::rem:
        case Op::shr:
        case Op::shr_logical:
        case Op::min:
        case Op::max:
            return is_index(x.results[0]) && is_small(x.operands[0]) && is_small(x.operands[1]);
        default:
            return false;
    }
}

bool IndexForms::truncates(const Instruction& x) const {
    switch (x.op) {
        case Op::shl:
            return ranges_[x.operands[1].id].low >= 0 && ranges_[x.operands[1].id].high < 32;
        case Op::convert:
            return is_index(x.operands[0]);
        case Op::splat:
        case Op::extract:
        case Op::slice:
        case Op::concat:
        case Op::neg:
        case Op::add:
        case Op::sub:
        case Op::mul:
        case Op::fma:
        case Op::bit_not:
        case Op::bit_and:
        case Op::bit_or:
        case Op::bit_xor:
        case Op::select:
            return true;
        default:
            return false;
    }
}

bool IndexForms::is_small_loop(const Instruction& x) const {
    const Range high = ranges_[x.operands[1].id], step = ranges_[x.operands[2].id];
    return is_small(x.operands[0]) && is_small(x.operands[1]) && high.high + step.high < small_limit;
}

void IndexForms::find_ranges(const Region& region) {
    for (const Instruction& x : region.body) {
        if (x.op == Op::for_) {
            const Range low = ranges_[x.operands[0].id], high = ranges_[x.operands[1].id];
            const Value counter = x.regions[0].parameters[0];
            ranges_[counter.id] = {low.low, std::max(low.low, high.high - 1)};
            bits_[counter.id] = is_zero_or_one(ranges_[counter.id]);
        }
        for (const Region& inner : x.regions) find_ranges(inner);
        if (x.results.size() != 1 || !x.regions.empty()) continue;
        definitions_[x.results[0].id] = &x;
        const DType type = kernel_.type_of(x.results[0]).scalar;
        if (is_followed(type)) ranges_[x.results[0].id] = within(type, range_of(x));
        bits_[x.results[0].id] =
            is_zero_or_one(ranges_[x.results[0].id]) || (is_followed(type) && gives_bit(x));
    }
}

/// Of what branches give and loops carry nothing is said.
void IndexForms::find_long_sources(const Region& region) {
    const auto any_operand = [&](const Instruction& x) {
        return std::any_of(x.operands.begin(), x.operands.end(),
                           [&](Value v) { return from_long_[v.id] != 0; });
    };
    for (const Instruction& x : region.body) {
        if (x.op == Op::for_)  // as its first number and its step
            from_long_[x.regions[0].parameters[0].id] =
                !is_small_loop(x) || from_long_[x.operands[0].id] != 0 || from_long_[x.operands[2].id] != 0;
        for (const Region& inner : x.regions) find_long_sources(inner);
        if (x.results.size() != 1 || !x.regions.empty()) continue;
        const DType type = kernel_.type_of(x.results[0]).scalar;
        bool is_long = true;
        if (x.op == Op::constant || x.op == Op::member_id || x.op == Op::lane_ids || !is_integer(type))
            is_long = false;
        else if (tile::is_load(x.op))
            is_long = type == DType::i64;
        else if (x.op != Op::grid_id && x.op != Op::parameter)
            is_long = any_operand(x);
        from_long_[x.results[0].id] = is_long;
    }
}

IndexForms::Range IndexForms::range_of(const Instruction& x) const {
    const Range unknown{-far, far};
    const auto operand = [&](std::size_t n) { return ranges_[x.operands[n].id]; };
    const auto products = [&](Range a, Range b) {
        const auto [low, high] =
            std::minmax({bounded_product(a.low, b.low), bounded_product(a.low, b.high),
                         bounded_product(a.high, b.low), bounded_product(a.high, b.high)});
        return Range{low, high};
    };
    switch (x.op) {
        case Op::constant: {
            const auto value = static_cast<std::int64_t>(x.bits);
            return {std::clamp(value, -far, far), std::clamp(value, -far, far)};
        }
        case Op::member_id:
            return {0, kernel_.members - 1};
        case Op::lane_ids:
            return {0, kernel_.type_of(x.results[0]).lanes - 1};
        case Op::splat:
        case Op::extract:
        case Op::slice:
            return operand(0);
        case Op::add: {
            const Range a = operand(0), b = operand(1);
            return {lowest(a.low, b.low), highest(a.high, b.high)};
        }
        case Op::sub: {
            const Range a = operand(0), b = operand(1), rest = range_of_remainder(x);
            return {std::max(lowest(a.low, -b.high), rest.low), std::min(highest(a.high, -b.low), rest.high)};
        }
        case Op::mul:
            return products(operand(0), operand(1));
        case Op::shl: {
            const Range count = operand(1);
            if (count.low != count.high || count.low < 0 || count.low > 60) return unknown;
            const std::int64_t factor = std::int64_t{1} << count.low;
            return products(operand(0), {factor, factor});
        }
        case Op::div:
            if (operand(0).low < 0 || operand(1).low < 1) return unknown;
            return {operand(0).low / highest_of(operand(1).high),
                    bounded(highest_of(operand(0).high) / operand(1).low)};
        case Op::rem:
            if (operand(0).low < 0 || operand(1).low < 1) return unknown;
            return {0, std::min(operand(0).high, operand(1).high - 1)};
        case Op::shr:
        case Op::shr_logical:
            if (operand(0).low < 0) return unknown;
            return {0, operand(0).high};
        case Op::bit_and: {  // with a number that is not negative the result is neither, nor higher
            std::int64_t high = far;
            for (std::size_t n = 0; n < 2; ++n)
                if (operand(n).low >= 0) high = std::min(high, operand(n).high);
            return high == far ? unknown : Range{0, high};
        }
        case Op::convert: {
            const DType from = kernel_.type_of(x.operands[0]).scalar;
            if (from == DType::boolean) return {0, 1};
            return is_integer(from) ? operand(0) : unknown;
        }
        case Op::min:
            return {std::min(operand(0).low, operand(1).low), std::min(operand(0).high, operand(1).high)};
        case Op::max:
            return {std::max(operand(0).low, operand(1).low), std::max(operand(0).high, operand(1).high)};
        case Op::select:
            return {std::min(operand(1).low, operand(2).low), std::max(operand(1).high, operand(2).high)};
        default:
            return unknown;
    }
}

/// Of whose value compilers know more than its range says.
bool IndexForms::gives_bit(const Instruction& x) const {
    const auto both = [&] { return is_bit(x.operands[0]) && is_bit(x.operands[1]); };
    const auto leaves_highest = [&] {
        const Range count = ranges_[x.operands[1].id];
        return count.low == count.high &&
               count.low == tile::width_of(kernel_.type_of(x.results[0]).scalar) - 1;
    };
    switch (x.op) {
        case Op::bit_or:
        case Op::bit_xor:
            return both();
        case Op::shr_logical:
            return leaves_highest();
        case Op::shr:
            return !is_signed(kernel_.type_of(x.results[0]).scalar) && leaves_highest();
        case Op::select:
            return is_bit(x.operands[1]) && is_bit(x.operands[2]);
        case Op::convert:
        case Op::splat:
        case Op::extract:
        case Op::slice:
            return is_bit(x.operands[0]);
        default:
            return false;
    }
}

IndexForms::Range IndexForms::range_of_remainder(const Instruction& difference) const {
    const Range unknown{-far, far};
    const Value dividend = difference.operands[0];
    const Instruction* const product = definitions_[difference.operands[1].id];
    if (product == nullptr || product->op != Op::mul || ranges_[dividend.id].low < 0) return unknown;
    for (std::size_t n = 0; n < 2; ++n) {
        const Instruction* const quotient = definitions_[product->operands[n].id];
        if (quotient == nullptr || quotient->op != Op::div || quotient->operands[0] != dividend) continue;
        const Range divisor = ranges_[quotient->operands[1].id],
                    factor = ranges_[product->operands[1 - n].id];
        const bool is_same =
            divisor.low == divisor.high && factor.low == divisor.low && factor.high == divisor.low;
        if (is_same && divisor.low > 0) return {0, divisor.low - 1};
    }
    return unknown;
}

bool IndexForms::refine_factors(const Region& region) {
    bool changed = false;
    const auto lower = [&](Value v, std::int64_t factor) {
        if (factor >= factors_[v.id]) return;
        factors_[v.id] = factor;
        changed = true;
    };
    for (const Instruction& x : region.body) {
        for (const Region& inner : x.regions) changed |= refine_factors(inner);
        if (x.op == Op::for_) {
            const Region& body = x.regions[0];
            lower(body.parameters[0], std::min(factors_[x.operands[0].id], factors_[x.operands[2].id]));
            const std::vector<Value>& yielded = body.body.back().operands;
            for (std::size_t n = 0; n < yielded.size(); ++n) {
                const std::int64_t factor = std::min(factors_[x.operands[n + 3].id], factors_[yielded[n].id]);
                lower(body.parameters[n + 1], factor);
                lower(x.results[n], factor);
            }
        } else if (x.op == Op::if_) {
            for (std::size_t n = 0; n < x.results.size(); ++n)
                for (const Region& inner : x.regions)
                    lower(x.results[n], factors_[inner.body.back().operands[n].id]);
        } else if (x.results.size() == 1) {
            lower(x.results[0], factor_of(x));
        }
    }
    return changed;
}

std::int64_t IndexForms::factor_of(const Instruction& x) const {
    if (!is_followed(kernel_.type_of(x.results[0]).scalar)) return 1;
    const auto operand = [&](std::size_t n) { return factors_[x.operands[n].id]; };
    switch (x.op) {
        case Op::convert:
            return is_followed(kernel_.type_of(x.operands[0]).scalar) ? operand(0) : 1;
        case Op::constant:
            return power_of_two_in(static_cast<std::int64_t>(x.bits));
        case Op::splat:
        case Op::extract:
        case Op::slice:
        case Op::neg:
            return operand(0);
        case Op::concat: {
            std::int64_t factor = highest_factor;
            for (std::size_t n = 0; n < x.operands.size(); ++n) factor = std::min(factor, operand(n));
            return factor;
        }
        case Op::add:
        case Op::sub:
        case Op::min:
        case Op::max:
        case Op::rem:  // a - q·b
            return std::min(operand(0), operand(1));
        case Op::mul:
            return std::min(operand(0) * operand(1), highest_factor);
        case Op::fma:
            return std::min(std::min(operand(0) * operand(1), highest_factor), operand(2));
        case Op::shl: {
            const Range count = ranges_[x.operands[1].id];
            if (count.low != count.high || count.low < 0 || count.low > 30) return 1;
            return std::min(operand(0) << count.low, highest_factor);
        }
        case Op::bit_and:
            return std::max(operand(0), operand(1));
        case Op::select:
            return std::min(operand(1), operand(2));
        default:
            return 1;
    }
}

bool IndexForms::need(Value v, unsigned forms) {
    if (!is_index(v) || (needed_[v.id] & forms) == forms) return false;
    needed_[v.id] |= static_cast<std::uint8_t>(forms);
    return true;
}

/// Users stand behind what they use, except around loops.
bool IndexForms::propagate(const Region& region) {
    bool changed = false;
    for (auto x = region.body.rbegin(); x != region.body.rend(); ++x) {
        changed |= visit(*x);
        for (const Region& inner : x->regions) changed |= propagate(inner);
    }
    return changed;
}

bool IndexForms::visit(const Instruction& x) {
    bool changed = false;
    const auto need_all = [&](unsigned forms) {
        for (const Value v : x.operands) changed |= need(v, forms);
    };
    if (x.op == Op::yield) return false;  // its loop or branch says
    if (x.op == Op::for_) {
        const Region& body = x.regions[0];
        for (std::size_t n = 0; n < 3; ++n) changed |= need(x.operands[n], is_small_loop(x) ? narrow : wide);
        if (!is_small_loop(x)) changed |= need(body.parameters[0], wide);
        const std::vector<Value>& yielded = body.body.back().operands;
        for (std::size_t n = 0; n < yielded.size(); ++n) {
            const unsigned forms = needed_[x.results[n].id] | needed_[body.parameters[n + 1].id];
            for (const Value v : {x.results[n], body.parameters[n + 1], x.operands[n + 3], yielded[n]})
                changed |= need(v, forms);
        }
        return changed;
    }
    if (x.op == Op::if_) {
        for (std::size_t n = 0; n < x.results.size(); ++n)
            for (const Region& inner : x.regions)
                changed |= need(inner.body.back().operands[n], needed_[x.results[n].id]);
        return changed;
    }
    if (tile::is_load(x.op) || tile::is_store(x.op)) {
        const bool is_local = is_constant_space(kernel_.buffers[static_cast<std::size_t>(x.buffer)].space);
        const std::size_t stored = tile::is_store(x.op) ? 1 : 0;
        for (std::size_t n = 0; n < x.operands.size(); ++n)
            changed |= need(x.operands[n], is_local && n >= stored ? narrow : wide);
        if (stored == 0) changed |= need(x.results[0], wide);
        return changed;
    }
    if (tile::is_matrix(x.op)) {
        if (!tile::reads(x.op) && !tile::writes(x.op)) return false;
        const bool is_local = is_constant_space(kernel_.buffers[static_cast<std::size_t>(x.buffer)].space);
        const std::size_t stored = tile::writes(x.op) ? 1 : 0;
        changed |= need(x.operands[stored], is_local ? narrow : wide);
        changed |= need(x.operands[stored + 1], narrow);
        return changed;
    }
    if (x.op == Op::shuffle) {
        changed |= need(x.operands[0], wide);
        changed |= need(x.operands[1], narrow);
        changed |= need(x.results[0], wide);
        return changed;
    }
    if (x.op == Op::prefetch) return false;
    if (tile::is_comparison(x.op)) {
        const bool both_small = is_index(x.operands[0]) && is_small(x.operands[0]) && is_small(x.operands[1]);
        need_all(both_small ? narrow : wide);
        return changed;
    }
    if (x.results.empty() || !is_index(x.results[0])) {
        const bool takes_low_bits =
            x.op == Op::convert && !x.results.empty() && is_integer(kernel_.type_of(x.results[0]).scalar);
        need_all(takes_low_bits ? narrow : wide);
        return changed;
    }
    const unsigned forms = needed_[x.results[0].id];
    if (is_small_operation(x)) {
        if (forms != 0) {
            need_all(narrow);
            changed |= need(x.results[0], narrow);
        }
    } else if (truncates(x)) {
        need_all(forms);
    } else if (forms != 0) {
        const bool has_narrow = x.op == Op::constant || x.op == Op::member_id || x.op == Op::lane_ids ||
                                (x.op == Op::convert && is_integer(kernel_.type_of(x.operands[0]).scalar));
        if (!has_narrow) changed |= need(x.results[0], wide);
        need_all(wide);
    }
    return changed;
}

}  // namespace sporkle::spirv
