// Writes a kernel anew for single threads: each instruction becomes what a thread does of it. Moves of lanes
// are in team_lanes.cpp, memory in team_memory.cpp, and barriers.cpp tells where barriers are due.
#include "codegen/simt/distribute.hpp"

#include <set>
#include <stdexcept>
#include <string>

#include "codegen/ir/rewriter.hpp"
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

class Distributor final : public tile::Rewriter {
  public:
    explicit Distributor(const tile::Kernel& kernel)
        : Rewriter(kernel),
          lanes_(builder_, kernel.members, kernel.threads),
          memory_(kernel, builder_, lanes_, image_),
          barriers_(needed_barriers(kernel, memory_.exchanged())) {}

  private:
    void begin() override {
        builder_.set_team(from_.members * from_.threads, 1, from_.shuffle_width * from_.threads);
        memory_.add_buffers();
    }

    void before(const Instruction& x) override {
        if (barriers_.contains(&x)) builder_.barrier();
    }

    void effect(const Instruction& x, std::span<const Value> operands) override {
        if (tile::is_store(x.op)) return memory_.store(x);
        if (x.op == Op::prefetch || x.op == Op::fence) return;  // for caches that a thread has to itself
        Rewriter::effect(x, operands);
    }

    /// What is done lane by lane stays the same operation on a thread's share of the lanes.
    Value value(const Instruction& x, std::span<const Value> operands) override {
        if (tile::is_load(x.op)) return memory_.load(x);
        const Type whole = old_type(x.results[0]);
        switch (x.op) {
            case Op::member_id:
                return lanes_.member();
            case Op::lane_ids:
                return lanes_.lane_ids(whole);
            case Op::extract:
            case Op::slice: {
                const int source_lanes = old_type(x.operands[0]).lanes, first = static_cast<int>(x.imm);
                if (source_lanes == whole.lanes) return operands[0];
                if (whole.lanes == 1) return lanes_.broadcast(operands[0], source_lanes, first);
                return lanes_.moved(operands, source_lanes, first, whole.lanes);
            }
            case Op::concat:
                if (operands.size() == 1) return operands[0];
                return lanes_.moved(operands, old_type(x.operands[0]).lanes, 0, whole.lanes);
            case Op::shuffle:
                return lanes_.from_member(operands[0], operands[1]);
            default:
                return copy(x, lanes_.share(whole), operands);
        }
    }

    TeamLanes lanes_;
    TeamMemory memory_;
    std::set<const Instruction*> barriers_;
};

}  // namespace

tile::Kernel distribute(const tile::Kernel& kernel) {
    tile::Kernel result = Distributor(kernel).run();
    if (const std::string fault = tile::verify(result); !fault.empty())
        throw std::logic_error("distribute: " + fault);
    return result;
}

}  // namespace sporkle::codegen
