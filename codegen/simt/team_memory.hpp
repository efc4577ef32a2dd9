// Loads and stores of a member as its threads do them.
//
// A vector access becomes each thread's share of it, in pieces of what one instruction of a GPU moves: at
// most 16 bytes. Where a vector has fewer lanes than there are threads, the access is masked by
// whether a thread holds a lane. A scalar is loaded by every thread and stored by the first.
#pragma once

#include <vector>

#include "codegen/simt/element_form.hpp"
#include "codegen/simt/private_buffers.hpp"
#include "codegen/simt/team_lanes.hpp"

namespace sporkle::codegen {

class TeamMemory {
  public:
    /// `image`: the values of the kernel that `builder` writes, by those of the old one; it is read later.
    TeamMemory(const tile::Kernel& kernel, tile::Builder& builder, TeamLanes& lanes,
               const std::vector<tile::Value>& image);

    /// By buffer: whether it is a private one that the threads of a member share.
    std::vector<bool> exchanged() const;
    void add_buffers();

    tile::Value load(const tile::Instruction& instruction);
    void store(const tile::Instruction& instruction);

  private:
    /// A thread's part of an access.
    struct Part {
        tile::Value element, stride;  ///< of its first lane; stride: of strided accesses
        tile::Value elements;         ///< of gather and scatter
        tile::Value mask;
        int lanes = 1, piece = 1;
        int alignment = 0;
        bool in_runs = false;  ///< gather, scatter: each piece is contiguous
    };
    Part part(const tile::Instruction& instruction, tile::Type whole);
    tile::Value part_of_mask(const tile::Instruction& instruction, int whole_lanes);
    tile::Value place_in_share(tile::Value old_element, std::int64_t divisor);
    tile::Value sum(tile::Value old_element, tile::Value offset);
    tile::Value slice_of(tile::Value v, int first, int lanes);
    tile::Value mask_of(const Part& part, int first);
    tile::Value element_of(const Part& part, int first);
    const PrivateBuffer& private_buffer(const tile::Instruction& i) const {
        return private_[static_cast<std::size_t>(i.buffer)];
    }
    tile::Value image(tile::Value old) const { return image_[old.id]; }

    const tile::Kernel& from_;
    tile::Builder& b;
    TeamLanes& lanes_;
    const std::vector<tile::Value>& image_;
    Definitions definitions_;
    std::vector<PrivateBuffer> private_;
};

}  // namespace sporkle::codegen
