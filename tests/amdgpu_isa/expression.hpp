// Expressions in LLVM IR that must give the same bits on an emulated chip and on this machine's processor.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sporkle::testing {

struct Expression {
    std::string name;
    std::string argument;  ///< IR type of %a, %b, %c
    std::string result;    ///< IR type of %r
    std::string body;      ///< lines of IR
};

std::vector<Expression> integer_expressions();
std::vector<Expression> float_expressions();
std::vector<Expression> packed_expressions();

/// Bits of an IR type: 1 to 64.
int bits_of_type(const std::string& type);
/// "half", "float", "double", or empty; of a vector its elements'.
std::string float_type_of(const std::string& type);

/// Functions @f_<name>(a, b, c) and declarations of the intrinsics they call. `exact_half_fma`: fma of halves
/// through double, for LLVM's x86 code generator goes through float and rounds twice.
std::string functions_text(const std::vector<Expression>& expressions, bool exact_half_fma = false);
/// Kernels @v_<name> (one item a triple) and @s_<name> (all in uniform registers): three arrays of i64 in,
/// one out.
std::string kernels_text(const std::vector<Expression>& expressions);

/// Evaluated by LLVM's own code generator for this processor, for each expression: results as bits.
std::vector<std::vector<std::uint64_t>> evaluate_here(const std::vector<Expression>& expressions,
                                                      const std::vector<std::vector<std::uint64_t>>& a,
                                                      const std::vector<std::vector<std::uint64_t>>& b,
                                                      const std::vector<std::vector<std::uint64_t>>& c);

}  // namespace sporkle::testing
