// Stage: one statement of a normalised Program with what a lowering asks about it.
#pragma once

#include <vector>

#include <sporkle/analysis.hpp>
#include <sporkle/program.hpp>

#include "codegen/schedule.hpp"

namespace sporkle::codegen {

inline bool contains(IndexSet set, int index) { return (set >> index & 1u) != 0; }

/// Accesses below a node, in order of appearance.
std::vector<int> accesses_below(const Program& program, int node);

struct Stage {
    int statement = 0;
    int root = 0;           ///< node whose value is stored
    int target = 0;         ///< tensor
    std::vector<int> free;  ///< free indices, in the order of the target's subscripts (S·i + p gives i, p)
    int reduce = -1;        ///< the reduction's node, or -1
    int body = -1;          ///< its body
    Reduction reduction{};  ///< with `any` resolved

    // A sum of products whose factors can be told apart by a free index each: see Lowering::contraction.
    bool is_contraction = false;
    int factor_a = -1, factor_b = -1;  ///< b holds `axis_n`
    int axis_m = -1, axis_n = -1;      ///< rows and columns of the register tile; columns are vectorised
};

/// The stages of a normalised Program, in order.
std::vector<Stage> stages_of(const Program& normalized);

/// The index along which a stage's stores are contiguous in a row-major target: the (last) index of the last
/// subscript that has one, with S·i + p giving i; -1 for a target without indices.
int innermost_index(const Program& program, const Stage& stage);

/// Largest element size, in bytes, among values and stored elements of the stage; decides the lanes of a
/// vector.
int widest_element(const Program& program, const Stage& stage);

}  // namespace sporkle::codegen
