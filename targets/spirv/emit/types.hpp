// Types and constants of a module.
//
// Integers are unsigned types throughout: SPIR-V's operations carry the signedness. In registers an element
// has one of five forms, so that 8- and 16-bit arithmetic needs no capability:
//
//   f64, f32, i64          itself
//   boolean                OpTypeBool
//   i8, i16, i32           32 bits, sign-extended
//   u8, u32, f16, bf16     32 bits, zero-extended; of f16 and bf16 the bit pattern
//
// In memory it has its own size; a boolean is a byte.
#pragma once

#include <sporkle/dtype.hpp>

#include "targets/spirv/emit/module.hpp"

namespace sporkle::spirv {

class Types {
  public:
    explicit Types(Module& module) : module_(module) {}

    Id nothing() { return module_.declare(spv::Op::OpTypeVoid, 0, {}); }
    Id boolean() { return module_.declare(spv::Op::OpTypeBool, 0, {}); }
    Id integer(std::uint32_t bits);   ///< 8 and 16 bits: the user requires the capability
    Id floating(std::uint32_t bits);  ///< 32, 64
    Id word() { return integer(32); }
    Id vector(Id element, int lanes);  ///< lanes 1 is the element
    Id array(Id element, Id length);
    Id pointer(spv::StorageClass storage, Id pointee);
    Id function(Id result, std::span<const Id> parameters);

    Id in_register(DType type);
    Id in_memory(DType type);

    Id word(std::uint32_t value);       ///< a 32-bit constant
    Id long_word(std::uint64_t value);  ///< a 64-bit constant
    Id boolean(bool value);
    Id integer(std::uint32_t bits, std::uint64_t value);  ///< 32, 64
    Id null(Id type) { return module_.declare(spv::Op::OpConstantNull, type, {}); }
    /// A constant in register form; `bits` as in tile::Instruction::bits.
    Id constant(DType type, std::uint64_t bits);
    /// 2 to the power of an exponent that float and double hold exactly.
    Id power_of_two(DType type, int exponent, bool negative = false);

    /// Constants that adapted() settles for a device (targets/spirv/interface/adapt.hpp).
    Id flushes();
    Id sign_f32();

    /// Who holds cooperative matrices together.
    spv::Scope matrix_scope = spv::Scope::Subgroup;

  private:
    Module& module_;
    Id flushes_ = 0, sign_f32_ = 0;
};

/// Bits of the register form of integers: 32 or 64.
constexpr std::uint32_t register_bits(DType type) { return size_of(type) == 8 ? 64 : 32; }

}  // namespace sporkle::spirv
