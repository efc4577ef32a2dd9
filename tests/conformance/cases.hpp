// The kernels of the conformance suite by class, and the types in which they are tested.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include <sporkle/program.hpp>

namespace sporkle::testing {

struct Case {
    std::string name;  ///< kernel and type: "gemm_f32"
    std::function<Program()> make;
    bool large = false;  ///< also on extents about the sizes of tiles, panels and blocks
    bool deep = false;   ///< also on reductions over several blocks of Order::lanes
    bool rows = false;   ///< also on rows as long as registers hold them, and about that
};

inline void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::vector<Case> every_type();  ///< one kernel of every class in every type that has arithmetic
std::vector<Case> maps();
std::vector<Case> conversions();
std::vector<Case> reductions();
std::vector<Case> contractions();
std::vector<Case> windows();
std::vector<Case> fusions();

}  // namespace sporkle::testing
