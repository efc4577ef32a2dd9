// Shared and private buffers: arrays of the module, reached by 32-bit indices.
//
// A shared buffer whose vector accesses are all aligned to 2 or 4 lanes is an array of vectors of so many
// lanes, so that drivers move a vector in one instruction; single elements are then components of it. Where
// elements of 8 or 16 bits are moved in vectors only, the array is one of vectors of 32-bit words.
#pragma once

#include <optional>

#include "targets/spirv/emit/access.hpp"
#include "targets/spirv/emit/index_forms.hpp"
#include "targets/spirv/emit/packed_words.hpp"

namespace sporkle::spirv {

/// What a buffer's array is made of: vectors of up to 4 elements, or of words that hold 2 or 4 each.
struct ArrayForm {
    int vector_lanes = 1;  ///< elements of a vector
    int in_component = 1;  ///< elements of a vector's component
};
ArrayForm array_form_of(const tile::Kernel& kernel, const IndexForms& forms, int buffer);

class LocalMemory {
  public:
    /// Declares the array of a shared or private buffer. `ordered` as in GlobalMemory.
    LocalMemory(Code& code, PackedWords& words, const tile::Kernel& kernel, const IndexForms& forms,
                int buffer, bool ordered);

    /// An element's place. `vector` is the number of the vector that it begins, where that is known; else 0.
    struct Index {
        Id element = 0, vector = 0;
    };

    /// Elements of the vectors that the array is made of, in which lines of fragments begin.
    int vector_lanes() const { return form_.vector_lanes; }
    std::vector<Id> load_block(Index first, int lanes);
    void store_block(Index first, std::span<const Id> values);
    /// To the first element, or to its vector where the array has vectors.
    Id pointer_to(Index first) {
        return form_.vector_lanes == 1 ? place_of(first.element) : vector_place(first, 0);
    }
    Id load(Id element);
    void store(Id element, Id value);

  private:
    bool is_packed() const { return form_.in_component > 1; }
    int components() const { return form_.vector_lanes / form_.in_component; }
    Id vector_type() { return code_.types().vector(component_, components()); }
    Id place_of(Id element);
    Id vector_place(Index first, int behind);
    Id load_from(Id place, Id pointee);
    void store_to(Id place, Id value);
    Id plus(Id index, int constant);
    bool moves_vectors(Index first, std::size_t lanes) const {
        return form_.vector_lanes > 1 && first.vector != 0 &&
               lanes % static_cast<std::size_t>(form_.vector_lanes) == 0;
    }
    Id in_array(Id value) const;

    Code& code_;
    PackedWords& words_;
    DType type_;
    spv::StorageClass storage_;
    bool ordered_;
    bool keeps_register_form_;
    ArrayForm form_;
    Id component_ = 0;  ///< type of an element in the array, or of the word that holds some
    Id array_ = 0;      ///< the variable
};

}  // namespace sporkle::spirv
