// What a dispatch gets from outside: push constants, numbers of workgroup and invocation, the specialised
// subgroup size (targets/spirv/interface/push_constants.hpp).
#pragma once

#include <map>

#include "targets/spirv/emit/code.hpp"

namespace sporkle::spirv {

/// Members of PushConstants, by their place.
enum class Pushed : std::uint32_t { words, arenas, arena_bytes, first_x, first_y, first_z };

class DispatchInputs {
  public:
    explicit DispatchInputs(Code& code) : code_(code) {}
    /// In another function of the same module.
    DispatchInputs(Code& code, DispatchInputs& others)
        : code_(code), push_constants_(others.push_constants()) {}

    Id pushed(Pushed member);   ///< 64 bits
    Id member_id();             ///< 32 bits: the invocation's number in its workgroup
    Id grid_id(int dimension);  ///< 64 bits: with the first workgroup's place
    Id workgroup_number();      ///< 64 bits: among the workgroups that run together
    Id subgroup_size();         ///< 32-bit specialisation constant
    /// Whether subgroups hold `width` members; a specialisation constant.
    Id subgroup_holds(int width);

  private:
    Id push_constants();
    Id built_in(spv::BuiltIn built_in, Id type);
    Id component(spv::BuiltIn vector, int dimension);  ///< 64 bits

    Code& code_;
    Id push_constants_ = 0, subgroup_size_ = 0;
    std::map<spv::BuiltIn, Id> built_ins_;
};

}  // namespace sporkle::spirv
