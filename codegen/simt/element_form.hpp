// Element numbers as sums: e = constant + Σ coefficient · value, where the values are what the kernel
// computes in ways that are not looked into. Two accesses are told apart, or found to belong to the same
// threads, by the difference of their forms.
#pragma once

#include <cstdint>
#include <vector>

#include "codegen/ir/tile.hpp"

namespace sporkle::codegen {

struct ElementForm {
    struct Term {
        tile::Value value;
        std::int64_t coefficient = 0;
        /// The value was taken in an earlier trip of a loop that computes it anew.
        bool stale = false;
        friend bool operator==(const Term&, const Term&) = default;
    };
    std::int64_t constant = 0;
    std::vector<Term> terms;  ///< no two of the same value and age
    friend bool operator==(const ElementForm&, const ElementForm&) = default;

    void add(Term term);
    /// a - b. Stale terms of the two are different values and do not cancel.
    static ElementForm difference(const ElementForm& a, const ElementForm& b);
};

/// Where values of a kernel come from.
class Definitions {
  public:
    explicit Definitions(const tile::Kernel& kernel);

    /// The form of a scalar of type i64 or i32.
    ElementForm form(tile::Value v) const;
    /// A number of which the value is a multiple as far as its definition tells: 0 of what is always 0, else
    /// at least 1.
    std::int64_t factor(tile::Value v) const;
    /// The greatest number known to divide what the form stands for; 0 of 0.
    std::int64_t factor(const ElementForm& form) const;
    /// The i32 whose extension to i64 the value is, if it is one.
    tile::Value extended(tile::Value v) const;
    bool is_member_id(tile::Value v) const;
    /// Whether the value is computed, or is a parameter of a region, inside the instruction.
    bool is_inside(tile::Value v, const tile::Instruction& control) const;

  private:
    struct Definition {
        const tile::Instruction* by = nullptr;  ///< of a loop's parameters the loop
        int parameter = -1;                     ///< 0 is the counter
        std::size_t place = 0;                  ///< in the order of the text
    };
    void region(const tile::Region& region);

    const tile::Kernel& kernel_;
    std::vector<Definition> definitions_;  ///< by value id
    std::size_t next_ = 0;
    struct Extent {
        const tile::Instruction* control;
        std::size_t begin, end;
    };
    std::vector<Extent> extents_;  ///< of loops and branches, in the order in which they end
};

}  // namespace sporkle::codegen
