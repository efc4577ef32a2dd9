// Shared and private buffers: arrays of the module, reached by 32-bit indices.
//
// A shared buffer whose vector accesses are all aligned to 2 or 4 lanes is an array of vectors of so many
// lanes, so that drivers move a vector in one instruction; single elements are then components of it.
#pragma once

#include <optional>

#include "targets/spirv/emit/access.hpp"
#include "targets/spirv/emit/index_forms.hpp"

namespace sporkle::spirv {

class LocalMemory {
  public:
    /// Declares the array of a shared or private buffer. `ordered` as in GlobalMemory.
    LocalMemory(Code& code, const tile::Kernel& kernel, const IndexForms& forms, int buffer, bool ordered);

    /// An element's place. `vector` is the number of the vector that it begins, where that is known; else 0.
    struct Index {
        Id element = 0, vector = 0;
    };

    /// Lanes of the vectors that the array is made of, in which lines of fragments begin.
    int vector_lanes() const { return vector_lanes_; }
    std::vector<Id> load_block(Index first, int lanes);
    void store_block(Index first, std::span<const Id> values);
    /// To the first element, or to its vector where the array has vectors.
    Id pointer_to(Index first) {
        return vector_lanes_ == 1 ? place_of(first.element) : vector_place(first, 0);
    }
    Id load(Id element);
    void store(Id element, Id value);

  private:
    Id place_of(Id element);
    Id vector_place(Index first, int behind);
    Id load_from(Id place, Id pointee);
    void store_to(Id place, Id value);
    Id plus(Id index, int constant);
    bool moves_vectors(Index first, std::size_t lanes) const {
        return vector_lanes_ > 1 && first.vector != 0 && lanes % static_cast<std::size_t>(vector_lanes_) == 0;
    }
    Id in_array(Id value) const;

    Code& code_;
    DType type_;
    spv::StorageClass storage_;
    bool ordered_;
    bool keeps_register_form_;
    int vector_lanes_ = 1;
    Id element_ = 0;  ///< type of an element in the array
    Id array_ = 0;    ///< the variable
};

/// Lanes of the vectors that a buffer is made of: 4, 2 or 1.
int vector_lanes_of(const tile::Kernel& kernel, const IndexForms& forms, int buffer);

}  // namespace sporkle::spirv
