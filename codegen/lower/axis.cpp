#include "codegen/lower/axis.hpp"

namespace sporkle::codegen {

bool reduces_in_registers(const Stage& stage) {
    return stage.reduction.order == Order::lanes && stage.reduction.count == 1;
}

Axis preferred_axis(const Program& p, const Stage& stage, IndexSet fixed) {
    const int inner = innermost_index(p, stage);
    const bool has_free = inner >= 0 && !contains(fixed, inner);
    if (!reduces_in_registers(stage)) return has_free ? Axis::free : Axis::scalar;
    if (!has_free) return Axis::reduction;
    const int reduced = stage.reduction.indices[stage.reduction.count - 1];
    int along_reduction = 0, along_free = 0;
    for (const int number : accesses_below(p, stage.body)) {
        const Access& a = p.accesses[number];
        const int last = p.tensors[a.tensor].rank - 1;
        if (last < 0) continue;
        for (int t = 0; t < a.subscripts[last].count; ++t) {
            along_reduction += a.subscripts[last].terms[t].index == reduced;
            along_free += a.subscripts[last].terms[t].index == inner;
        }
    }
    return along_reduction >= along_free ? Axis::reduction : Axis::free;
}

}  // namespace sporkle::codegen
