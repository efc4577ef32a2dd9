// Which values are the same in all members of a task, and where control flow is: what barriers and shuffles
// need, since every member must arrive at them.
//
// A value varies when it is made from member_id, from another one that varies, loaded at a place that varies,
// or merged from branches or loops whose condition or bounds vary. What is loaded at one place of memory that
// members share is the same for all of them, as long as they do not race. Private memory varies as soon as
// something varies of what is stored into it. A shuffle from one source among all members is the same for
// all. Within a group of 2^n members (one subgroup of a GPU) member_id shifted right by n or more is the
// same, too: the number of the group, from which its work follows.
#pragma once

#include <vector>

#include "codegen/ir/tile.hpp"

namespace sporkle::tile {

class Uniformity {
  public:
    explicit Uniformity(const Kernel& kernel) : Uniformity(kernel, kernel.members) {}
    /// Likewise within each aligned group of that many members, a power of two.
    Uniformity(const Kernel& kernel, int group);

    bool varies(Value v) const { return values_[v.id]; }
    /// The first barrier or shuffle to which not all members may come, or null.
    const Instruction* misplaced() const { return misplaced_; }
    /// The first operation on fragments to which not all members of a group may come, or null.
    const Instruction* misplaced_fragment() const { return misplaced_fragment_; }

  private:
    void region(const Region& region, bool diverged);
    void instruction(const Instruction& instruction, bool diverged);
    void loop(const Instruction& instruction, bool diverged);
    bool any_varies(const std::vector<Value>& values) const;
    bool is_group_number(const Instruction& instruction) const;
    void mark(Value v, bool varies);
    void mark_buffer(int buffer, bool varies);

    const Kernel& kernel_;
    std::vector<bool> values_;   ///< by value id
    std::vector<bool> buffers_;  ///< by buffer number: private ones whose contents vary
    int group_;
    Value member_id_;
    std::vector<std::uint64_t> constants_;  ///< by value id; 0 for what is none
    const Instruction* misplaced_ = nullptr;
    const Instruction* misplaced_fragment_ = nullptr;
    bool changed_ = false;
};

}  // namespace sporkle::tile
