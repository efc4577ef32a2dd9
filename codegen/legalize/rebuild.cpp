#include "codegen/legalize/rebuild.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "codegen/ir/rules.hpp"

namespace sporkle::codegen {
namespace {

using tile::Instruction;
using tile::Op;
using tile::Value;

class Rebuilder {
  public:
    Rebuilder(const tile::Kernel& kernel, const Replacement& replacement)
        : from_(kernel),
          replacement_(replacement),
          builder_(kernel.name, kernel.parameter_words),
          image_(kernel.types.size()) {}

    tile::Kernel run() {
        builder_.set_team(from_.members, from_.threads, from_.shuffle_width);
        for (const tile::Buffer& buffer : from_.buffers) builder_.add_buffer(buffer);
        region(from_.body);
        return builder_.finish();
    }

  private:
    Value image(Value v) const { return image_[v.id]; }
    std::vector<Value> images(std::span<const Value> values) const {
        std::vector<Value> result;
        for (const Value v : values) result.push_back(image(v));
        return result;
    }
    void define(std::span<const Value> old_values, std::span<const Value> new_values) {
        for (std::size_t i = 0; i < old_values.size(); ++i) image_[old_values[i].id] = new_values[i];
    }

    /// Writes a region's instructions and returns what it yields.
    std::vector<Value> region(const tile::Region& region) {
        for (const Instruction& instruction : region.body) {
            if (instruction.op == Op::yield) return images(instruction.operands);
            write(instruction);
        }
        return {};
    }

    void write(const Instruction& x) {
        const std::vector<Value> operands = images(x.operands);
        if (x.op == Op::for_) return define(x.results, loop(x, operands));
        if (x.op == Op::if_) return define(x.results, branch(x, operands));
        if (x.results.empty()) return effect(x, operands);
        Value result;
        if (tile::is_pure(x.op)) {
            const tile::Type operand_type = x.operands.empty() ? tile::Type{} : from_.type_of(x.operands[0]);
            result = replacement_(builder_, x, from_.type_of(x.results[0]), operand_type, operands);
        }
        if (!result) result = value(x, from_.type_of(x.results[0]), operands);
        define(x.results, std::span(&result, 1));
    }

    std::vector<Value> loop(const Instruction& x, const std::vector<Value>& operands) {
        const tile::Region& body = x.regions[0];
        return builder_.for_loop(
            operands[0], operands[1], operands[2], std::span(operands).subspan(3),
            [&](Value iv, std::span<const Value> carried) {
                image_[body.parameters[0].id] = iv;
                define(std::span(body.parameters).subspan(1), carried);
                return region(body);
            },
            x.unroll);
    }

    std::vector<Value> branch(const Instruction& x, const std::vector<Value>& operands) {
        return builder_.if_else(
            operands[0], [&] { return region(x.regions[0]); }, [&] { return region(x.regions[1]); });
    }

    void effect(const Instruction& x, const std::vector<Value>& operands) {
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
            default:
                return builder_.fence();
        }
    }

    Value value(const Instruction& x, tile::Type type, const std::vector<Value>& operands) {
        const Value mask = x.masked ? operands.back() : Value{};
        const int run = std::max(1, static_cast<int>(x.imm));
        if (tile::is_unary(x.op)) return builder_.unary(x.op, operands[0]);
        if (tile::is_binary(x.op) || tile::is_comparison(x.op))
            return builder_.binary(x.op, operands[0], operands[1]);
        switch (x.op) {
            case Op::constant:
                return builder_.constant_bits(type, x.bits);
            case Op::parameter:
                return builder_.parameter(static_cast<int>(x.imm), type.scalar);
            case Op::grid_id:
                return builder_.grid_id(static_cast<int>(x.imm));
            case Op::member_id:
                return builder_.member_id();
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
                return builder_.fma(operands[0], operands[1], operands[2]);
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
            case Op::matrix_multiply_add:
                return builder_.matrix_multiply_add(operands[0], operands[1], operands[2]);
            case Op::shuffle:
                return builder_.shuffle(operands[0], operands[1]);
            default:
                throw std::logic_error("rebuild: kernel '" + from_.name + "' holds the unknown operation '" +
                                       std::string(name_of(x.op)) + "'");
        }
    }

    const tile::Kernel& from_;
    const Replacement& replacement_;
    tile::Builder builder_;
    std::vector<Value> image_;  ///< by the old kernel's value id
};

}  // namespace

tile::Kernel rebuild(const tile::Kernel& kernel, const Replacement& replacement) {
    return Rebuilder(kernel, replacement).run();
}

}  // namespace sporkle::codegen
