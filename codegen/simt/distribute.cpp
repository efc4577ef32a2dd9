// Writes a kernel anew for single threads: each instruction becomes what a thread does of it. Moves of lanes
// are in team_lanes.cpp, memory in team_memory.cpp, and barriers.cpp tells where barriers are due.
#include "codegen/simt/distribute.hpp"

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "codegen/ir/builder.hpp"
#include "codegen/ir/rules.hpp"
#include "codegen/simt/barriers.hpp"
#include "codegen/simt/team_lanes.hpp"
#include "codegen/simt/team_memory.hpp"

namespace sporkle::codegen {
namespace {

using tile::Instruction;
using tile::Op;
using tile::Type;
using tile::Value;

class Distributor {
  public:
    explicit Distributor(const tile::Kernel& kernel)
        : from_(kernel),
          builder_(kernel.name, kernel.parameter_words),
          lanes_(builder_, kernel.members, kernel.threads),
          image_(kernel.types.size()),
          memory_(kernel, builder_, lanes_, image_),
          barriers_(needed_barriers(kernel, memory_.exchanged())) {}

    tile::Kernel run() {
        builder_.set_team(from_.members * from_.threads, 1, from_.shuffle_width * from_.threads);
        memory_.add_buffers();
        region(from_.body);
        tile::Kernel result = builder_.finish();
        if (const std::string fault = tile::verify(result); !fault.empty())
            throw std::logic_error("distribute: " + fault);
        return result;
    }

  private:
    Type type_of(Value old) const { return from_.type_of(old); }
    std::vector<Value> images(std::span<const Value> values) const {
        std::vector<Value> result;
        for (const Value v : values) result.push_back(image_[v.id]);
        return result;
    }
    void define(std::span<const Value> old_values, std::span<const Value> new_values) {
        for (std::size_t i = 0; i < old_values.size(); ++i) image_[old_values[i].id] = new_values[i];
    }

    /// Writes a region's instructions and returns what it yields.
    std::vector<Value> region(const tile::Region& region) {
        for (const Instruction& instruction : region.body) {
            if (instruction.op == Op::yield) return images(instruction.operands);
            if (barriers_.contains(&instruction)) builder_.barrier();
            write(instruction);
        }
        return {};
    }

    void write(const Instruction& x) {
        if (x.op == Op::for_) return define(x.results, loop(x));
        if (x.op == Op::if_) return define(x.results, branch(x));
        if (tile::is_store(x.op)) return memory_.store(x);
        if (x.op == Op::barrier) return builder_.barrier();
        if (x.op == Op::matrix_store)
            return builder_.matrix_store(x.buffer, image_[x.operands[0].id], image_[x.operands[1].id],
                                         image_[x.operands[2].id], x.imm != 0);
        if (x.op == Op::prefetch || x.op == Op::fence) return;  // for caches that a thread has to itself
        const Value result = tile::is_load(x.op) ? memory_.load(x) : value(x, images(x.operands));
        define(x.results, std::span(&result, 1));
    }

    std::vector<Value> loop(const Instruction& x) {
        const tile::Region& body = x.regions[0];
        const std::vector<Value> operands = images(x.operands);
        return builder_.for_loop(
            operands[0], operands[1], operands[2], std::span(operands).subspan(3),
            [&](Value iv, std::span<const Value> carried) {
                image_[body.parameters[0].id] = iv;
                define(std::span(body.parameters).subspan(1), carried);
                return region(body);
            },
            x.unroll);
    }

    std::vector<Value> branch(const Instruction& x) {
        return builder_.if_else(
            image_[x.operands[0].id], [&] { return region(x.regions[0]); },
            [&] { return region(x.regions[1]); });
    }

    /// What is done lane by lane stays the same operation on a thread's share of the lanes.
    Value value(const Instruction& x, const std::vector<Value>& operands) {
        if (tile::is_unary(x.op)) return builder_.unary(x.op, operands[0]);
        if (tile::is_binary(x.op) || tile::is_comparison(x.op))
            return builder_.binary(x.op, operands[0], operands[1]);
        const Type whole = type_of(x.results[0]), type = lanes_.share(whole);
        switch (x.op) {
            case Op::constant:
                return builder_.constant_bits(type, x.bits);
            case Op::parameter:
                return builder_.parameter(static_cast<int>(x.imm), type.scalar);
            case Op::grid_id:
                return builder_.grid_id(static_cast<int>(x.imm));
            case Op::member_id:
                return lanes_.member();
            case Op::lane_ids:
                return lanes_.lane_ids(whole);
            case Op::splat:
                return builder_.splat(operands[0], type.lanes);
            case Op::extract:
            case Op::slice: {
                const int source_lanes = type_of(x.operands[0]).lanes, first = static_cast<int>(x.imm);
                if (source_lanes == whole.lanes) return operands[0];
                if (whole.lanes == 1) return lanes_.broadcast(operands[0], source_lanes, first);
                return lanes_.moved(operands, source_lanes, first, whole.lanes);
            }
            case Op::concat:
                if (operands.size() == 1) return operands[0];
                return lanes_.moved(operands, type_of(x.operands[0]).lanes, 0, whole.lanes);
            case Op::fma:
                return builder_.fma(operands[0], operands[1], operands[2]);
            case Op::select:
                return builder_.select(operands[0], operands[1], operands[2]);
            case Op::convert:
                return builder_.convert(operands[0], type.scalar);
            case Op::bitcast:
                return builder_.bitcast(operands[0], type.scalar);
            case Op::matrix_load:
                return builder_.matrix_load(x.buffer, whole, operands[0], operands[1], x.imm != 0);
            case Op::matrix_multiply_add:
                return builder_.matrix_multiply_add(operands[0], operands[1], operands[2]);
            case Op::shuffle:
                return lanes_.from_member(operands[0], operands[1]);
            default:
                throw std::logic_error("distribute: kernel '" + from_.name +
                                       "' holds the unknown operation '" + std::string(name_of(x.op)) + "'");
        }
    }

    const tile::Kernel& from_;
    tile::Builder builder_;
    TeamLanes lanes_;
    std::vector<Value> image_;  ///< by the old kernel's value id
    TeamMemory memory_;
    std::set<const Instruction*> barriers_;
};

}  // namespace

tile::Kernel distribute(const tile::Kernel& kernel) { return Distributor(kernel).run(); }

}  // namespace sporkle::codegen
