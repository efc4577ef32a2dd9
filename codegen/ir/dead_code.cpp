#include "codegen/ir/dead_code.hpp"

#include <algorithm>

#include "codegen/ir/rules.hpp"

namespace sporkle::tile {
namespace {

using Uses = std::vector<bool>;  ///< by value id

/// Marks what the region's instructions use, from the last to the first, so that a use by a dead instruction
/// does not count: a value is used after it is defined.
void sweep(Region& region, Uses& used) {
    const auto is_dead = [&](const Instruction& i) {
        return is_droppable(i.op) &&
               std::none_of(i.results.begin(), i.results.end(), [&](Value v) { return used[v.id]; });
    };
    std::vector<Instruction> kept;
    for (auto i = region.body.rbegin(); i != region.body.rend(); ++i) {
        if (is_dead(*i)) continue;
        for (Value v : i->operands) used[v.id] = true;
        for (Region& inner : i->regions) sweep(inner, used);
        kept.push_back(std::move(*i));
    }
    std::reverse(kept.begin(), kept.end());
    region.body = std::move(kept);
}

}  // namespace

void remove_dead_code(Kernel& kernel) {
    Uses used(kernel.types.size());
    sweep(kernel.body, used);
}

}  // namespace sporkle::tile
