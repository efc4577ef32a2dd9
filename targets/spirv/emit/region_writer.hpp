// Writes the regions of a Tile IR kernel as structured SPIR-V. What surrounds a region (where parameters come
// from, how memory is reached) is the business of derived classes: kernel_writer.hpp for dispatches,
// repair.cpp for functions.
//
// Every lane of a value is an id of its own: GPUs compute lane by lane, and their compilers take vectors
// apart first of all. An i64 has its 64-bit form, its low 32 bits, or both, as IndexForms says.
#pragma once

#include <map>

#include "targets/spirv/emit/arithmetic.hpp"
#include "targets/spirv/emit/index_forms.hpp"

namespace sporkle::spirv {

class RegionWriter {
  public:
    RegionWriter(Code& code, const tile::Kernel& kernel, std::set<Repair>& repairs);
    virtual ~RegionWriter() = default;

    void write(const tile::Region& region);

  protected:
    using Lanes = std::vector<Id>;

    virtual Id parameter(int word, DType type) = 0;
    virtual Id grid_id(int dimension) = 0;  ///< 64 bits
    virtual Id member_id() = 0;             ///< 32 bits
    virtual Lanes load(const tile::Instruction& instruction) = 0;
    virtual void store(const tile::Instruction& instruction) = 0;
    virtual void barrier() = 0;
    virtual Lanes shuffle(const tile::Instruction& instruction) = 0;
    virtual Id fragment(const tile::Instruction& instruction) = 0;  ///< matrix_load, matrix_multiply_add
    virtual void store_fragment(const tile::Instruction& instruction) = 0;

    Types& types() { return code_.types(); }
    /// Register forms of a value's lanes; of an i64 the 64-bit ones.
    const Lanes& wide(tile::Value v) const { return wide_[v.id]; }
    /// Low 32 bits of an i64's lanes.
    const Lanes& narrow(tile::Value v) const { return narrow_[v.id]; }
    /// Whether an integer scalar is a constant.
    bool is_constant(tile::Value v, std::int64_t* value) const;
    /// The index of an element divided by a power of two, where every part of it is known to be a multiple;
    /// else 0.
    Id quotient(tile::Value index, std::int64_t divisor);

    Code& code_;
    const tile::Kernel& kernel_;
    Arithmetic arithmetic_;
    IndexForms forms_;

  private:
    struct Place {
        tile::Value value;
        bool is_narrow = false;
        int lane = 0;
    };

    void emit(const tile::Instruction& x);
    /// The SPIR-V type of a lane, or of a fragment.
    Id form_of(tile::Type type);
    void emit_for(const tile::Instruction& x);
    void emit_copies(const tile::Instruction& x, std::int64_t low, std::int64_t step, std::int64_t trips);
    void emit_if(const tile::Instruction& x);
    void emit_index(const tile::Instruction& x);
    Lanes computed(const tile::Instruction& x, bool narrowly);
    Id lane_of(const tile::Instruction& x, DType type, bool narrowly, std::size_t lane);
    /// The product of integers, one lane of each, whose values are `x` and `y`.
    Id product(DType type, tile::Value x, tile::Value y, Id a, Id b, std::size_t lane);
    Id where_one(DType type, Id word, Id x);
    Lanes moved(const tile::Instruction& x, bool narrowly) const;
    Lanes widened(const Lanes& lanes);
    Lanes narrowed(const Lanes& lanes);
    /// Gives a value that is not computed by an instruction of its own both its forms.
    void define_from_wide(tile::Value v, Lanes lanes);
    void define_counter(tile::Value v, Id counter, bool is_narrow);

    /// The ids that carry a list of values into a region or out of it, and their types.
    std::vector<Place> places_of(std::span<const tile::Value> values) const;
    std::vector<Id> ids_at(std::span<const Place> like, std::span<const tile::Value> values) const;
    void define_at(std::span<const Place> like, std::span<const tile::Value> values, std::span<const Id> ids);

    std::vector<Lanes> wide_, narrow_;
    std::vector<const tile::Instruction*> definitions_;
    std::map<std::uint32_t, std::int64_t> constants_;
};

}  // namespace sporkle::spirv
