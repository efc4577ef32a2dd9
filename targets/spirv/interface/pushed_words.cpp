#include "targets/spirv/interface/pushed_words.hpp"

#include <map>
#include <spirv/unified1/spirv.hpp11>
#include <unordered_map>

#include "targets/spirv/interface/id_set.hpp"
#include "targets/spirv/interface/instructions.hpp"
#include "targets/spirv/interface/push_constants.hpp"
#include "targets/spirv/interface/word_writer.hpp"

namespace sporkle::spirv {
namespace {

using spv::Op;
using Words = std::vector<std::uint32_t>;
using Id = std::uint32_t;

constexpr std::uint64_t word_bytes = 8;

bool is(const Instruction& x, Op op, std::size_t words) {
    return Op(x.opcode()) == op && x.words.size() >= words;
}

bool is_pushed(std::uint32_t storage) {
    return spv::StorageClass(storage) == spv::StorageClass::PushConstant;
}

class Pushing {
  public:
    Pushing(std::span<const std::uint32_t> module, std::uint32_t count)
        : module_(module), list_(instructions_of(module)), count_(count), writer_(module) {}

    Words run() {
        find_block();
        if (block_ == 0) return {module_.begin(), module_.end()};
        find_loads();
        if (loads_.empty()) return {module_.begin(), module_.end()};
        constexpr std::size_t room_per_load = 8;
        writer_.reserve(module_.size() + room_per_load * (loads_.size() + members_.size()));
        bool annotated = false, declared = false;
        for (const Instruction& x : list_) {
            if (is(x, Op::OpFunction, 5) && !declared) {
                declared = true;
                copy_before(x);
                for (auto& [word, member] : members_)
                    member.number = writer_.compute(Op::OpConstant, u32_, {member.place});
            } else if (is(x, Op::OpTypeStruct, 3) && x.words[1] == block_) {
                copy_before(x);
                Words members(x.words.begin() + 1, x.words.end());
                members.insert(members.end(), members_.size(), u64_);
                writer_.write(Op::OpTypeStruct, members);
                copied_ += x.words.size();
            } else if (is(x, Op::OpLoad, 4) && x.words[1] == u64_) {
                const auto load = loads_.find(x.words[2]);
                if (load == loads_.end()) continue;
                copy_before(x);
                const Id place = writer_.compute(Op::OpAccessChain, pointer_,
                                                 {variable_, members_.at(load->second).number});
                writer_.write(Op::OpLoad, {u64_, load->first, place});
                copied_ += x.words.size();
            } else if (is(x, Op::OpMemberDecorate, 3) && x.words[1] == block_ && !annotated) {
                annotated = true;
                copy_before(x);
                for (const auto& [word, member] : members_)
                    writer_.write(Op::OpMemberDecorate,
                                  {block_, member.place, static_cast<std::uint32_t>(spv::Decoration::Offset),
                                   static_cast<std::uint32_t>(sizeof(PushConstants) + word * word_bytes)});
            }
        }
        writer_.copy(module_.subspan(copied_));
        return writer_.finish();
    }

  private:
    /// A word among the members of the pushed block.
    struct Member {
        std::uint32_t place = 0;
        Id number = 0;  ///< the constant of that value
    };

    /// The block of push constants, whose first member is the parameter block's address.
    void find_block() {
        std::unordered_map<Id, Id> pointed_to;                  // by pointer type
        std::unordered_map<Id, const Instruction*> structures;  // with members
        for (const Instruction& x : list_) {
            if (is(x, Op::OpFunction, 5)) break;
            if (is(x, Op::OpTypeInt, 4) && x.words[2] == 32 && x.words[3] == 0) u32_ = x.words[1];
            if (is(x, Op::OpTypeInt, 4) && x.words[2] == 64 && x.words[3] == 0) u64_ = x.words[1];
            if (is(x, Op::OpTypeStruct, 3)) structures[x.words[1]] = &x;
            if (is(x, Op::OpTypePointer, 4)) pointed_to[x.words[1]] = x.words[3];
            if (is(x, Op::OpTypePointer, 4) && is_pushed(x.words[2]) && x.words[3] == u64_)
                pointer_ = x.words[1];
            if (is(x, Op::OpConstant, 4) && x.words[1] == u32_ && x.words[3] == 0) zeros_.insert(x.words[2]);
            if (!is(x, Op::OpVariable, 4) || !is_pushed(x.words[3])) continue;
            const auto pointer = pointed_to.find(x.words[1]);
            if (pointer == pointed_to.end()) continue;
            const auto block = structures.find(pointer->second);
            if (block == structures.end() || block->second->words[2] != u64_) continue;
            variable_ = x.words[2];
            block_ = block->first;
            own_members_ = static_cast<std::uint32_t>(block->second->words.size() - 2);
        }
    }

    /// Follows the parameter block's address through additions of constants to the loads.
    void find_loads() {
        std::unordered_map<Id, std::uint64_t> constants, offsets;
        IdSet places, addresses, pointers;  // the pushed address; addresses in the block; pointers to words
        for (const Instruction& x : list_) {
            const auto& w = x.words;
            switch (Op(x.opcode())) {
                case Op::OpConstant:
                    if (w.size() == 5 && w[1] == u64_)
                        constants[w[2]] = w[3] | static_cast<std::uint64_t>(w[4]) << 32;
                    break;
                case Op::OpAccessChain:
                    if (w.size() == 5 && w[3] == variable_ && zeros_.contains(w[4])) places.insert(w[2]);
                    break;
                case Op::OpIAdd:
                    if (w.size() != 5 || w[1] != u64_) break;
                    for (const auto& [one, other] : {std::pair(w[3], w[4]), std::pair(w[4], w[3])}) {
                        if (!addresses.contains(one)) continue;
                        const auto constant = constants.find(other);
                        if (constant == constants.end()) continue;
                        addresses.insert(w[2]);
                        offsets[w[2]] = offsets[one] + constant->second;
                    }
                    break;
                case Op::OpConvertUToPtr:
                    if (w.size() != 4 || !addresses.contains(w[3])) break;
                    pointers.insert(w[2]);
                    offsets[w[2]] = offsets[w[3]];
                    break;
                case Op::OpLoad:
                    if (w.size() < 4 || w[1] != u64_) break;
                    if (places.contains(w[3])) {
                        addresses.insert(w[2]);
                        offsets[w[2]] = 0;
                    } else if (pointers.contains(w[3])) {
                        const std::uint64_t offset = offsets[w[3]];
                        if (offset % word_bytes == 0 && offset / word_bytes < count_)
                            loads_[w[2]] = static_cast<std::uint32_t>(offset / word_bytes);
                    }
                    break;
                default:
                    break;
            }
        }
        for (const auto& [load, word] : loads_) members_[word] = {};
        std::uint32_t place = own_members_;
        for (auto& [word, member] : members_) member.place = place++;
    }

    /// Copies what stands before the instruction and has not been copied.
    void copy_before(const Instruction& x) {
        const auto at = static_cast<std::size_t>(x.words.data() - module_.data());
        writer_.copy(module_.subspan(copied_, at - copied_));
        copied_ = at;
    }

    std::span<const std::uint32_t> module_;
    const std::vector<Instruction> list_;
    const std::uint32_t count_;
    WordWriter writer_;
    std::size_t copied_ = header_words;  ///< words of the module
    Id u32_ = 0, u64_ = 0, pointer_ = 0, variable_ = 0, block_ = 0;
    IdSet zeros_;  ///< constants
    std::uint32_t own_members_ = 0;
    std::unordered_map<Id, std::uint32_t> loads_;  ///< result → word
    std::map<std::uint32_t, Member> members_;      ///< by word
};

}  // namespace

std::vector<std::uint32_t> with_pushed_words(std::span<const std::uint32_t> module, std::uint32_t count) {
    return Pushing(module, count).run();
}

}  // namespace sporkle::spirv
