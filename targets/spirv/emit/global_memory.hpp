// Memory behind 64-bit device addresses: tensors, scratch and the parameter block
// (SPV_KHR_physical_storage_buffer). Neighbouring elements are moved in vectors of up to 16 bytes as far as
// the alignment is known; elements of 8 and 16 bits then travel in 32-bit words.
#pragma once

#include "targets/spirv/emit/access.hpp"
#include "targets/spirv/emit/packed_words.hpp"

namespace sporkle::spirv {

class GlobalMemory {
  public:
    /// `ordered`: other invocations of the workgroup see what is written once a barrier has been passed,
    /// which the Vulkan memory model wants said of each access.
    GlobalMemory(Code& code, PackedWords& words, bool ordered)
        : code_(code), words_(words), ordered_(ordered) {}

    /// `first` is the address of lane 0's element, `alignment` what is known of it in bytes.
    struct Block {
        Id first = 0;
        int alignment = 0;
        bool nontemporal = false;
    };

    /// base + element · size, 64 bits.
    Id address(Id base, Id element, DType type);

    std::vector<Id> load_block(const Block& block, DType type, int lanes);
    void store_block(const Block& block, DType type, std::span<const Id> values);
    Id load(Id address, DType type);
    void store(Id address, DType type, Id value);
    /// A 64-bit word.
    Id load_word(Id address);

  private:
    struct Piece {
        int first = 0, count = 0;  ///< lanes
        int words = 0;             ///< 32-bit words that hold them, for elements of 8 and 16 bits; else 0
    };
    std::vector<Piece> pieces(int alignment, DType type, int lanes) const;
    Id load_typed(Id address, Id pointee, int alignment, bool nontemporal);
    void store_typed(Id address, Id pointee, Id value, int alignment, bool nontemporal);
    std::uint32_t memory_operands(bool nontemporal) const;
    Id pointer_to(Id address, Id pointee);
    Id offset(Id address, std::int64_t bytes);
    void require_storage(DType type);

    Code& code_;
    PackedWords& words_;
    bool ordered_;
};

}  // namespace sporkle::spirv
