#include "targets/spirv/interface/loop_guard.hpp"

#include <cstddef>
#include <map>
#include <spirv/unified1/spirv.hpp11>

#include <sporkle/error.hpp>

#include "targets/spirv/interface/instructions.hpp"
#include "targets/spirv/interface/word_writer.hpp"

namespace sporkle::spirv {
namespace {

using spv::Op;
using Words = std::vector<std::uint32_t>;
using Id = std::uint32_t;

/// The comparison under which a loop goes on, or ends.
struct Condition {
    Op comparison = Op::OpNop;
    Id boolean = 0, left = 0, right = 0;
    Id type = 0;  ///< of left and right
    bool goes_on = true;
};

bool compares_integers(const Instruction& x) {
    switch (Op(x.opcode())) {
        case Op::OpSLessThan:
        case Op::OpULessThan:
        case Op::OpSLessThanEqual:
        case Op::OpULessThanEqual:
        case Op::OpSGreaterThan:
        case Op::OpUGreaterThan:
        case Op::OpSGreaterThanEqual:
        case Op::OpUGreaterThanEqual:
        case Op::OpINotEqual:
        case Op::OpIEqual:
            return x.words.size() == 5;
        default:
            return false;
    }
}

class Guards {
  public:
    Guards(std::span<const std::uint32_t> module, const std::string& what)
        : list_(instructions_of(module)), writer_(module), what_(what) {}

    Words run() {
        find_loops();
        if (conditions_.empty()) {
            for (const Instruction& x : list_) writer_.copy(x.words);
            return writer_.finish();
        }
        find_declarations();
        bool declared = false, at_merge = false;
        std::map<Id, Condition>::const_iterator loop;
        for (const Instruction& x : list_) {
            if (is(x, Op::OpFunction) && !declared) {
                declare();
                declared = true;
            }
            if (at_merge && !is(x, Op::OpPhi)) {
                guard(loop->second);
                at_merge = false;
            }
            writer_.copy(x.words);
            if (is(x, Op::OpLabel)) {
                loop = conditions_.find(x.words[1]);
                at_merge = loop != conditions_.end();
            }
        }
        return writer_.finish();
    }

  private:
    [[noreturn]] void refuse(const std::string& why) const {
        throw Error(ErrorCode::unsupported,
                    what_ +
                        ": the device's driver ends loops early, and the module cannot be guarded "
                        "against that: " +
                        why);
    }

    /// Merge block of each loop → its condition.
    void find_loops() {
        std::map<Id, const Instruction*> definitions;
        for (const Instruction& x : list_)
            if (x.result() != 0) definitions[x.result()] = &x;
        for (std::size_t n = 0; n < list_.size(); ++n) {
            if (!is(list_[n], Op::OpLoopMerge)) continue;
            const Id merge = list_[n].words.size() > 1 ? list_[n].words[1] : 0;
            if (n + 1 == list_.size() || !is(list_[n + 1], Op::OpBranchConditional) ||
                list_[n + 1].words.size() < 4)
                refuse("a loop's header has no condition");
            const auto& branch = list_[n + 1].words;
            if (branch[2] != merge && branch[3] != merge) refuse("a loop's header does not leave it");
            const auto test = definitions.find(branch[1]);
            if (test == definitions.end() || !compares_integers(*test->second))
                refuse("a loop's condition compares no integers");
            const auto& w = test->second->words;
            const auto left = definitions.find(w[3]);
            if (left == definitions.end() || left->second->type() == 0)
                refuse("a loop's condition compares what nothing has computed");
            conditions_[merge] = {Op(test->second->opcode()), w[1], w[3], w[4], left->second->type(),
                                  branch[3] == merge};
        }
    }

    /// Push constants, whose first member is the parameter block's address, and the types of integers.
    void find_declarations() {
        std::map<Id, std::span<const std::uint32_t>> types;
        for (const Instruction& x : list_) {
            if (is(x, Op::OpTypeInt) || is(x, Op::OpTypeStruct) || is(x, Op::OpTypePointer))
                if (x.words.size() >= 3) types[x.words[1]] = x.words;
            if (is(x, Op::OpTypeInt) && x.words.size() >= 4 && x.words[2] == 32 && x.words[3] == 0)
                u32_ = x.words[1];
            if (is(x, Op::OpVariable) && x.words.size() >= 4 &&
                spv::StorageClass(x.words[3]) == spv::StorageClass::PushConstant) {
                constants_ = x.words[2];
                const auto pointer = types.find(x.words[1]);
                if (pointer == types.end() || pointer->second.size() < 4) continue;
                const auto block = types.find(pointer->second[3]);
                if (block == types.end()) continue;
                const auto member = types.find(block->second[2]);
                if (member != types.end() && member->second.size() >= 4 && member->second[2] == 64)
                    u64_ = member->first;
            }
        }
        if (constants_ == 0 || u64_ == 0) refuse("it has no parameter block");
    }

    void declare() {
        const auto storage = [](spv::StorageClass c) { return static_cast<std::uint32_t>(c); };
        if (u32_ == 0) u32_ = writer_.define(Op::OpTypeInt, {32, 0});
        constant_pointer_ =
            writer_.define(Op::OpTypePointer, {storage(spv::StorageClass::PushConstant), u64_});
        word_pointer_ =
            writer_.define(Op::OpTypePointer, {storage(spv::StorageClass::PhysicalStorageBuffer), u32_});
        zero_ = writer_.compute(Op::OpConstant, u32_, {0});
        one_ = writer_.compute(Op::OpConstant, u32_, {1});
        flag_ = way_back(guard_bytes - offsetof(GuardWords, left_early));
        elsewhere_ = way_back(guard_bytes - offsetof(GuardWords, elsewhere));
        nothing_ = way_back(guard_bytes - offsetof(GuardWords, nothing));
        for (const auto& [merge, condition] : conditions_)
            if (!pointers_.contains(condition.type))
                pointers_[condition.type] = writer_.define(
                    Op::OpTypePointer, {storage(spv::StorageClass::PhysicalStorageBuffer), condition.type});
    }

    /// Minus a number of bytes, in 64 bits, low word first.
    Id way_back(std::uint64_t bytes) {
        return writer_.compute(Op::OpConstant, u64_, {static_cast<std::uint32_t>(-bytes), 0xffffffff});
    }

    /// Where the loop is left, the condition is computed again, with a zero added that no compiler knows:
    /// most draw the conclusion from a loop's end that its condition no longer holds.
    void guard(const Condition& condition) {
        const Id at = writer_.compute(Op::OpAccessChain, constant_pointer_, {constants_, zero_});
        const Id block = writer_.compute(Op::OpLoad, u64_, {at});
        const Id zero_address = writer_.compute(Op::OpIAdd, u64_, {block, nothing_});
        const Id zero_pointer =
            writer_.compute(Op::OpConvertUToPtr, pointers_.at(condition.type), {zero_address});
        const Id none =
            writer_.compute(Op::OpLoad, condition.type,
                            {zero_pointer, static_cast<std::uint32_t>(spv::MemoryAccessMask::Aligned), 8});
        const Id left = writer_.compute(Op::OpIAdd, condition.type, {condition.left, none});
        const Id holds = writer_.compute(condition.comparison, condition.boolean, {left, condition.right});
        const Id if_true = condition.goes_on ? flag_ : elsewhere_;
        const Id if_false = condition.goes_on ? elsewhere_ : flag_;
        const Id place = writer_.compute(Op::OpSelect, u64_, {holds, if_true, if_false});
        const Id address = writer_.compute(Op::OpIAdd, u64_, {block, place});
        const Id pointer = writer_.compute(Op::OpConvertUToPtr, word_pointer_, {address});
        writer_.write(Op::OpStore,
                      {pointer, one_, static_cast<std::uint32_t>(spv::MemoryAccessMask::Aligned), 8});
    }

    std::vector<Instruction> list_;
    WordWriter writer_;
    const std::string& what_;
    std::map<Id, Condition> conditions_;
    Id constants_ = 0, u32_ = 0, u64_ = 0;
    Id constant_pointer_ = 0, word_pointer_ = 0, zero_ = 0, one_ = 0, flag_ = 0, elsewhere_ = 0, nothing_ = 0;
    std::map<Id, Id> pointers_;  ///< to a type in memory
};

}  // namespace

std::vector<std::uint32_t> with_loop_guards(std::span<const std::uint32_t> module, const std::string& what) {
    return Guards(module, what).run();
}

}  // namespace sporkle::spirv
