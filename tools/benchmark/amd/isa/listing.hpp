// Assembly text of AMD GPUs, as LLVM and Mesa write it, and the loops in it.
//
//     BB1:
//         v_dual_fmac_f32 v0, v1, v2 :: v_dual_fmac_f32 v3, v4, v5   ; ca000501 00040303
//         s_cbranch_scc1 BB1
//
// Lines that begin with a dot or a word that is no instruction (directives, metadata) are passed over. A loop
// is what lies between a label and the last branch back to it; both compilers write loops in one piece.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sporkle::bench::amd {

enum class InstructionClass : std::size_t {
    fma,     ///< multiply-adds of any float type and dot products, packed and dual ones included
    matrix,  ///< MFMA, WMMA
    vector,  ///< other vector arithmetic and moves
    scalar,  ///< scalar arithmetic and moves
    lds,
    vector_memory,  ///< global, flat, buffer, scratch
    scalar_memory,
    branch,
    hint,  ///< s_waitcnt, s_delay_alu, s_clause, s_nop, …: nothing is computed
    barrier,
};
inline constexpr std::size_t instruction_classes = 10;
const char* name_of(InstructionClass);

struct Instruction {
    std::string mnemonic;  ///< of a dual instruction the whole text, from its first mnemonic on
    std::string operands;
};

InstructionClass class_of(const Instruction&);

/// What an instruction computes in one lane: v_fma_f32 one multiply-add, v_pk_fma_f32 two,
/// v_dual_fmac_f32 :: v_dual_fmac_f32 two, v_dot2_f32_f16 two, v_dual_mul_f32 :: v_dual_add_f32 a product and
/// a sum. Integers' and matrix instructions nothing.
struct Arithmetic {
    int multiply_adds = 0, products = 0, sums = 0;
};
Arithmetic arithmetic_of(const Instruction&);

struct Listing {
    std::vector<Instruction> instructions;
    std::map<std::string, std::size_t, std::less<>> labels;  ///< → number of the instruction behind it
};
Listing parse_listing(std::string_view text);

struct Counts {
    int instructions = 0;
    Arithmetic arithmetic;
    std::array<int, instruction_classes> of_class{};

    void add(const Instruction&);
    /// A compiler that does not fuse (Mesa on some chips) takes a product and a sum for each.
    int multiply_adds() const {
        return arithmetic.multiply_adds + std::min(arithmetic.products, arithmetic.sums);
    }
    double density() const { return instructions > 0 ? double(multiply_adds()) / instructions : 0; }
};
/// "256 multiply-adds in 180 instructions: fma 150, lds 20, hint 10"; those that are not fused are told.
std::string to_text(const Counts&);

/// Of the loop with the most multiply-adds, without the loops inside it. No instructions where no loop has
/// any.
Counts hottest_loop(const Listing&);

}  // namespace sporkle::bench::amd
