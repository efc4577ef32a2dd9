// A dispatch: the body of a Tile IR kernel whose members are the invocations of a workgroup.
#pragma once

#include <memory>
#include <optional>

#include "targets/spirv/emit/dispatch.hpp"
#include "targets/spirv/emit/global_memory.hpp"
#include "targets/spirv/emit/local_memory.hpp"
#include "targets/spirv/emit/region_writer.hpp"

namespace sporkle::spirv {

/// Whether members see in global or task buffers what other members have written before a barrier, so that
/// barriers must order those buffers: one is stored to ahead of a barrier, or both stored to and loaded.
bool orders_global_memory(const tile::Kernel& kernel);

class KernelWriter final : public RegionWriter {
  public:
    /// `ordered`: see orders_global_memory. `vulkan_model`: the module uses the Vulkan memory model, for that
    /// or another reason.
    KernelWriter(Code& code, const tile::Kernel& kernel, std::set<Repair>& repairs, bool ordered,
                 bool vulkan_model);

    DispatchInputs& inputs() { return inputs_; }

  private:
    Id parameter(int word, DType type) override;
    Id grid_id(int dimension) override { return inputs_.grid_id(dimension); }
    Id member_id() override { return inputs_.member_id(); }
    Lanes load(const tile::Instruction& x) override;
    void store(const tile::Instruction& x) override;
    void barrier() override { barrier(ordered_); }
    Lanes shuffle(const tile::Instruction& x) override;
    Id fragment(const tile::Instruction& x) override;
    void store_fragment(const tile::Instruction& x) override;

    /// Where an access's elements are: one number for all lanes, or one for each.
    struct Element {
        tile::Value first;   ///< contiguous and strided: lane 0's; gathered: all lanes'
        tile::Value stride;  ///< strided
        bool gathered = false;
    };
    Element element_of(const tile::Instruction& x, tile::Type type) const;
    Access access_of(const tile::Instruction& x, tile::Type type) const;
    Id address(const tile::Instruction& x, const Element& element, int lane);
    Id local_index(const Element& element, int lane);
    LocalMemory::Index local_block(const Element& element, const LocalMemory& memory);

    void find_buffers();
    Id parameter_word(int word);
    void barrier(bool orders_global);

    // kernel_fragments.cpp
    struct FragmentPlace;
    FragmentPlace fragment_place(const tile::Instruction& x);
    Id pointer_into_array(const tile::Instruction& x, tile::Value element, DType type);
    Id layout(const tile::Instruction& x);
    bool is_tensor(const FragmentPlace& place);
    void add_tensor(const tile::Instruction& x, const FragmentPlace& place, tile::Type type, Words& operands);

    // shuffle.cpp
    std::vector<Id> words_of(DType type, Id value);
    Id from_words(DType type, std::span<const Id> words);
    std::vector<Id> through_subgroup(std::span<const Id> words, Id source);
    std::vector<Id> through_shared_memory(std::span<const Id> words, Id source);
    Id shuffle_array();

    bool ordered_, vulkan_model_;
    DispatchInputs inputs_;
    PackedWords packed_words_;
    GlobalMemory global_;
    Id words_ = 0;                                      ///< address of the parameter block
    std::vector<Id> bases_;                             ///< addresses of global and task buffers
    std::vector<std::unique_ptr<LocalMemory>> locals_;  ///< of shared and private ones
    Id shuffle_array_ = 0;
    std::map<DType, Id> arrays_;  ///< structures of one array, behind addresses of fragments
};

}  // namespace sporkle::spirv
