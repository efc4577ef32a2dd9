#include "codegen/simt/element_form.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>

namespace sporkle::codegen {

using tile::Instruction;
using tile::Op;
using tile::Value;

namespace {

/// Element numbers wrap as all integers do.
std::int64_t wrapping_add(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
std::int64_t wrapping_mul(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

/// a · b as a factor; what is too large to say is given up.
std::int64_t product(std::int64_t a, std::int64_t b) {
    std::int64_t result = 0;
    return __builtin_mul_overflow(a, b, &result) ? 1 : result;
}

std::int64_t magnitude(std::int64_t a) {
    return a == std::numeric_limits<std::int64_t>::min() ? 1 : std::abs(a);
}

/// Types in which lowerings compute element numbers. Conversions between them keep the number: narrow
/// arithmetic is used where it fits (schedule.hpp), and where it wrapped, powers of two would still divide
/// alike.
bool counts_elements(tile::Type type) {
    return type.lanes == 1 && (type.scalar == DType::i64 || type.scalar == DType::i32);
}

void scale(ElementForm& form, std::int64_t by) {
    form.constant = wrapping_mul(form.constant, by);
    for (ElementForm::Term& term : form.terms) term.coefficient = wrapping_mul(term.coefficient, by);
    std::erase_if(form.terms, [](const ElementForm::Term& term) { return term.coefficient == 0; });
}

ElementForm sum(ElementForm a, const ElementForm& b) {
    a.constant = wrapping_add(a.constant, b.constant);
    for (const ElementForm::Term& term : b.terms) a.add(term);
    return a;
}

}  // namespace

void ElementForm::add(Term term) {
    const auto same = std::find_if(terms.begin(), terms.end(), [&](const Term& other) {
        return other.value == term.value && other.stale == term.stale;
    });
    if (same == terms.end()) {
        terms.push_back(term);
        return;
    }
    same->coefficient = wrapping_add(same->coefficient, term.coefficient);
    if (same->coefficient == 0) terms.erase(same);
}

ElementForm ElementForm::difference(const ElementForm& a, const ElementForm& b) {
    ElementForm result = a;
    result.constant = wrapping_add(result.constant, wrapping_mul(b.constant, -1));
    for (Term term : b.terms) {
        term.coefficient = wrapping_mul(term.coefficient, -1);
        if (term.stale)
            result.terms.push_back(term);
        else
            result.add(term);
    }
    return result;
}

Definitions::Definitions(const tile::Kernel& kernel) : kernel_(kernel), definitions_(kernel.types.size()) {
    region(kernel.body);
}

void Definitions::region(const tile::Region& region) {
    for (const Instruction& i : region.body) {
        const std::size_t begin = next_++;
        for (const tile::Region& inner : i.regions) {
            for (std::size_t n = 0; n < inner.parameters.size(); ++n)
                definitions_[inner.parameters[n].id] = {&i, static_cast<int>(n), next_++};
            this->region(inner);
        }
        if (!i.regions.empty()) extents_.push_back({&i, begin, next_});
        for (const Value v : i.results) definitions_[v.id] = {&i, -1, next_++};
    }
}

Value Definitions::extended(Value v) const {
    const Instruction* const by = definitions_[v.id].by;
    const bool is = by != nullptr && by->op == Op::convert &&
                    kernel_.type_of(v) == tile::Type{DType::i64, 1} &&
                    kernel_.type_of(by->operands[0]) == tile::Type{DType::i32, 1};
    return is ? by->operands[0] : Value{};
}

bool Definitions::is_member_id(Value v) const {
    const Instruction* const by = definitions_[v.id].by;
    return by != nullptr && by->op == Op::member_id;
}

bool Definitions::is_inside(Value v, const Instruction& control) const {
    const auto extent = std::find_if(extents_.begin(), extents_.end(),
                                     [&](const Extent& e) { return e.control == &control; });
    const std::size_t place = definitions_[v.id].place;
    return extent != extents_.end() && place > extent->begin && place < extent->end;
}

ElementForm Definitions::form(Value v) const {
    const Definition& d = definitions_[v.id];
    const ElementForm itself{0, {{v, 1, false}}};
    if (d.by == nullptr || d.parameter >= 0 || !counts_elements(kernel_.type_of(v))) return itself;
    const auto operand = [&](std::size_t n) { return form(d.by->operands[n]); };
    const auto scaled = [](ElementForm x, std::int64_t by) {
        scale(x, by);
        return x;
    };
    switch (d.by->op) {
        case Op::constant:
            return {static_cast<std::int64_t>(d.by->bits), {}};
        case Op::convert:
            return counts_elements(kernel_.type_of(d.by->operands[0])) ? operand(0) : itself;
        case Op::add:
            return sum(operand(0), operand(1));
        case Op::sub:
            return ElementForm::difference(operand(0), operand(1));
        case Op::neg:
            return scaled(operand(0), -1);
        case Op::mul: {
            const ElementForm a = operand(0), b = operand(1);
            if (a.terms.empty()) return scaled(b, a.constant);
            if (b.terms.empty()) return scaled(a, b.constant);
            return itself;
        }
        case Op::shl: {
            const ElementForm b = operand(1);
            if (!b.terms.empty()) return itself;
            const int width = 8 * size_of(kernel_.type_of(v).scalar);
            return scaled(operand(0),
                          static_cast<std::int64_t>(std::uint64_t{1} << (b.constant & (width - 1))));
        }
        default:
            return itself;
    }
}

std::int64_t Definitions::factor(const ElementForm& form) const {
    std::int64_t result = magnitude(form.constant);
    for (const ElementForm::Term& term : form.terms)
        result = std::gcd(result, product(magnitude(term.coefficient), factor(term.value)));
    return result;
}

std::int64_t Definitions::factor(Value v) const {
    const Definition& d = definitions_[v.id];
    if (d.by == nullptr || !counts_elements(kernel_.type_of(v))) return 1;
    const Instruction& i = *d.by;
    const auto operand = [&](std::size_t n) { return factor(form(i.operands[n])); };
    if (d.parameter == 0) return std::gcd(operand(0), operand(2));
    if (d.parameter > 0) return 1;
    switch (i.op) {
        case Op::constant:
            return magnitude(static_cast<std::int64_t>(i.bits));
        case Op::mul:
            return product(operand(0), operand(1));
        case Op::min:
        case Op::max:
            return std::gcd(operand(0), operand(1));
        case Op::select:
            return std::gcd(operand(1), operand(2));
        case Op::bit_and: {  // zeros at the end of either operand
            const auto zeros = [&](std::size_t n) {
                const std::int64_t f = operand(n);
                const ElementForm mask = form(i.operands[n]);
                const std::int64_t bits = mask.terms.empty() ? mask.constant : f;
                return bits == 0 ? 62 : std::min(62, std::countr_zero(static_cast<std::uint64_t>(bits)));
            };
            return std::int64_t{1} << std::max(zeros(0), zeros(1));
        }
        case Op::if_: {
            const auto n = static_cast<std::size_t>(std::find(i.results.begin(), i.results.end(), v) -
                                                    i.results.begin());
            return std::gcd(factor(form(i.regions[0].body.back().operands[n])),
                            factor(form(i.regions[1].body.back().operands[n])));
        }
        default:
            return 1;
    }
}

}  // namespace sporkle::codegen
