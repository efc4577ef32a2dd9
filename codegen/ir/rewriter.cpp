#include "codegen/ir/rewriter.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "codegen/ir/rules.hpp"

namespace sporkle::tile {

Rewriter::Rewriter(const Kernel& kernel)
    : from_(kernel), builder_(kernel.name, kernel.parameter_words), image_(kernel.types.size()) {}

Kernel Rewriter::run() {
    begin();
    region(from_.body);
    return builder_.finish();
}

void Rewriter::begin() {
    builder_.set_team(from_.members, from_.threads, from_.shuffle_width);
    for (const Buffer& buffer : from_.buffers) builder_.add_buffer(buffer);
}

Value Rewriter::value(const Instruction& x, std::span<const Value> operands) {
    return copy(x, old_type(x.results[0]), operands);
}

std::vector<Value> Rewriter::images(std::span<const Value> values) const {
    std::vector<Value> result;
    for (const Value v : values) result.push_back(image_[v.id]);
    return result;
}

void Rewriter::define(std::span<const Value> old_values, std::span<const Value> new_values) {
    for (std::size_t i = 0; i < old_values.size(); ++i) image_[old_values[i].id] = new_values[i];
}

/// Writes a region's instructions and returns what it yields.
std::vector<Value> Rewriter::region(const Region& region) {
    for (const Instruction& instruction : region.body) {
        if (instruction.op == Op::yield) return images(instruction.operands);
        before(instruction);
        write(instruction);
    }
    return {};
}

void Rewriter::write(const Instruction& x) {
    const std::vector<Value> operands = images(x.operands);
    if (x.op == Op::for_) return define(x.results, loop(x, operands));
    if (x.op == Op::if_) return define(x.results, branch(x, operands[0]));
    if (x.results.empty()) return effect(x, operands);
    const Value result = value(x, operands);
    define(x.results, std::span(&result, 1));
}

std::vector<Value> Rewriter::loop(const Instruction& x, std::span<const Value> operands) {
    const Region& body = x.regions[0];
    return builder_.for_loop(
        operands[0], operands[1], operands[2], operands.subspan(3),
        [&](Value iv, std::span<const Value> carried) {
            image_[body.parameters[0].id] = iv;
            define(std::span(body.parameters).subspan(1), carried);
            return region(body);
        },
        x.unroll);
}

std::vector<Value> Rewriter::branch(const Instruction& x, Value condition) {
    return builder_.if_else(
        condition, [&] { return region(x.regions[0]); }, [&] { return region(x.regions[1]); });
}

void Rewriter::effect(const Instruction& x, std::span<const Value> operands) {
    const Value mask = x.masked ? operands.back() : Value{};
    const int run = std::max(1, static_cast<int>(x.imm));
    switch (x.op) {
        case Op::store:
            return builder_.store(x.buffer, operands[0], operands[1], mask, x.nontemporal, x.alignment);
        case Op::store_strided:
            return builder_.store_strided(x.buffer, operands[0], operands[1], operands[2], mask);
        case Op::scatter:
            return builder_.scatter(x.buffer, operands[0], operands[1], mask, run, x.alignment);
        case Op::prefetch:
            return builder_.prefetch(x.buffer, operands[0], static_cast<int>(x.imm));
        case Op::barrier:
            return builder_.barrier();
        case Op::matrix_store:
            return builder_.matrix_store(x.buffer, operands[0], operands[1], operands[2], x.imm != 0);
        case Op::fence:
            return builder_.fence();
        default:
            throw std::logic_error("rewriting: kernel '" + from_.name + "' holds the unknown operation '" +
                                   std::string(name_of(x.op)) + "'");
    }
}

Value Rewriter::copy(const Instruction& x, Type type, std::span<const Value> operands) {
    const Value mask = x.masked ? operands.back() : Value{};
    const int run = std::max(1, static_cast<int>(x.imm));
    if (is_unary(x.op)) return builder_.unary(x.op, operands[0]);
    if (is_binary(x.op) || is_comparison(x.op))
        return builder_.binary(x.op, operands[0], operands[1], x.imm != 0);
    switch (x.op) {
        case Op::constant:
            return builder_.constant_bits(type, x.bits);
        case Op::parameter:
            return builder_.parameter(static_cast<int>(x.imm), type.scalar);
        case Op::grid_id:
            return builder_.grid_id(static_cast<int>(x.imm));
        case Op::member_id:
            return builder_.member_id();
        case Op::flushes:
            return builder_.flushes();
        case Op::lane_ids:
            return builder_.lane_ids(type);
        case Op::splat:
            return builder_.splat(operands[0], type.lanes);
        case Op::extract:
            return builder_.extract(operands[0], static_cast<int>(x.imm));
        case Op::slice:
            return builder_.slice(operands[0], static_cast<int>(x.imm), type.lanes);
        case Op::concat:
            return builder_.concat(operands);
        case Op::fma:
            return builder_.fma(operands[0], operands[1], operands[2], x.imm != 0);
        case Op::select:
            return builder_.select(operands[0], operands[1], operands[2]);
        case Op::convert:
            return builder_.convert(operands[0], type.scalar);
        case Op::bitcast:
            return builder_.bitcast(operands[0], type.scalar);
        case Op::load:
            return builder_.load(x.buffer, operands[0], type.lanes, mask, x.alignment);
        case Op::load_strided:
            return builder_.load_strided(x.buffer, operands[0], operands[1], type.lanes, mask);
        case Op::gather:
            return builder_.gather(x.buffer, operands[0], mask, run, x.alignment);
        case Op::matrix_load:
            return builder_.matrix_load(x.buffer, type, operands[0], operands[1], x.imm != 0);
        case Op::matrix_convert:
            return builder_.matrix_convert(operands[0], type.scalar);
        case Op::matrix_multiply_add:
            return builder_.matrix_multiply_add(operands[0], operands[1], operands[2]);
        case Op::shuffle:
            return builder_.shuffle(operands[0], operands[1]);
        default:
            throw std::logic_error("rewriting: kernel '" + from_.name + "' holds the unknown operation '" +
                                   std::string(name_of(x.op)) + "'");
    }
}

}  // namespace sporkle::tile
