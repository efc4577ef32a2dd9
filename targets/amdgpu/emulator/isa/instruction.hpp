// A decoded instruction: what it does (a handler and an entry of its family's table) and its operands,
// resolved so that execution looks nothing up.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "targets/amdgpu/emulator/isa/counters.hpp"
#include "targets/amdgpu/emulator/isa/memory.hpp"

namespace sporkle::amdgpu::emulator {

class Wave;
struct Instruction;
struct Rows;
using Handler = void (*)(Wave&, const Instruction&);

/// Scalar registers by slot: the hardware's encoding, with what moved between generations put in one place.
namespace slot {
constexpr int flat_scratch = 102;  ///< gfx9 only: lo, hi
constexpr int vcc = 106;           ///< lo, hi
constexpr int ttmp = 108;          ///< 16 registers
constexpr int m0 = 124;
constexpr int null = 125;  ///< reads as 0 (as does its neighbour's place for pairs: see read64)
constexpr int exec = 126;  ///< lo, hi
constexpr int shared_base = 128;
constexpr int shared_limit = 130;
constexpr int private_base = 132;
constexpr int private_limit = 134;
constexpr int discard = 136;  ///< where writes to null go, up to 16 registers
constexpr int scc = 152;      ///< sources only: SCC, VCC == 0, EXEC == 0 as numbers
constexpr int vccz = 153;
constexpr int execz = 154;
constexpr int count = 160;
}  // namespace slot

enum class Unit : std::uint8_t { none, scalar, vector, accumulator, constant };

struct Operand {
    Unit unit = Unit::none;
    std::uint8_t words = 0;   ///< 32-bit registers
    bool high_half = false;   ///< the upper 16 bits of a vector register
    bool literal = false;     ///< a constant of 32 bits behind the instruction, as opposed to an inline one
    std::uint16_t index = 0;  ///< register or slot
    std::uint64_t value = 0;  ///< of a constant, in the format of the operand; integers are sign-extended
};

/// Modifiers by source number: bit 0 belongs to the first source, and so on; bit 3 of op_sel is the
/// destination's.
struct Modifiers {
    std::uint8_t negate = 0;  ///< VOP3P: of the low half
    std::uint8_t absolute = 0;
    std::uint8_t negate_high = 0;  ///< VOP3P; the mix instructions use it as `absolute`
    std::uint8_t op_sel = 0;
    std::uint8_t op_sel_high = 0;
    std::uint8_t output_scale = 0;  ///< 1: × 2, 2: × 4, 3: ÷ 2
    bool clamp = false;
};

/// Data-parallel primitives: the first source is read from another lane.
struct DataParallel {
    enum class Form : std::uint8_t { none, control16, select8 } form = Form::none;
    std::uint16_t control = 0;  ///< dpp_ctrl
    std::uint8_t row_mask = 15;
    std::uint8_t bank_mask = 15;
    bool bound_control = false;  ///< lanes without a source read 0 rather than keep their result
    bool fetch_inactive = false;
    std::uint32_t select = 0;  ///< eight 3-bit lane numbers
};

/// Sub-dword addressing (gfx9, gfx10): 0 to 3 bytes, 4 and 5 words, 6 the whole register.
struct SubDword {
    bool present = false;
    std::uint8_t destination = 6;
    std::uint8_t unused = 0;  ///< rest of the destination: 0 zero, 1 sign-extended, 2 preserved
    std::array<std::uint8_t, 2> source = {6, 6};
    std::uint8_t sign_extend = 0;
};

/// Registers read or written, in the numbering of the hazard checks: slots, then 256 + VGPR, then 512 + AGPR.
struct RegisterRange {
    std::uint16_t first = 0;
    std::uint8_t count = 0;
    bool written = false;
};

struct Instruction {
    Handler run = nullptr;
    const void* operation = nullptr;  ///< entry of the family's table
    void (*lanes)(Rows&) = nullptr;   ///< vector arithmetic: the loop over lanes
    void (*words)(Rows&) = nullptr;   ///< of a packed f32 operation: the loop for one of the two words
    std::array<Operand, 2> def;
    std::array<Operand, 6> use;
    std::uint8_t defs = 0;
    std::uint8_t uses = 0;
    std::uint8_t size = 0;  ///< bytes
    InstructionClass kind = InstructionClass::salu;
    bool plain = false;  ///< vector instruction without modifiers, DPP, SDWA and halves
    std::uint8_t ranges = 0;
    std::uint8_t multiply_adds = 0;  ///< of one lane
    std::array<RegisterRange, 16> range;

    // Of wait_states.hpp.
    std::uint8_t wait_states = 0;  ///< that it gives those before it; pseudo-instructions none
    std::uint8_t watched_for = 0;  ///< so many wait states behind it others may meet a rule
    std::uint16_t waits = 0;       ///< rules that it may break itself

    Modifiers modifiers;
    DataParallel dpp;
    SubDword sdwa;

    // Memory instructions and immediates.
    std::int32_t offset = 0;   ///< immediate offset, or the 16-bit immediate of a scalar instruction
    std::int32_t offset2 = 0;  ///< second offset of ds_read2 and the like; hwreg size
    CachePolicy policy;
    std::uint8_t flags = 0;    ///< of the family
    std::uint32_t extra = 0;   ///< of the family: cbsz, abid, blgp of matrix instructions
    std::uint32_t target = 0;  ///< index of the instruction that a taken branch goes to

    std::unique_ptr<Instruction> second;  ///< the other half of a VOPD pair
    std::uint64_t address = 0;
    std::array<std::uint32_t, 5> encoding{};
    const char* mnemonic = "";  ///< of the instruction set manual, without _e32, _e64, _dpp, _sdwa
};

}  // namespace sporkle::amdgpu::emulator
