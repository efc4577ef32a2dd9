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
    struct Accesses {
        int contiguous = 0, strided = 0;
    };
    Accesses along_reduction, along_free;
    const auto count = [&](Accesses& accesses, const Access& a, int index) {
        const int last = p.tensors[a.tensor].rank - 1;
        for (int d = 0; d <= last; ++d)
            for (int t = 0; t < a.subscripts[d].count; ++t)
                if (a.subscripts[d].terms[t].index == index)
                    ++(d == last ? accesses.contiguous : accesses.strided);
    };
    for (const int number : accesses_below(p, stage.body)) {
        count(along_reduction, p.accesses[number], reduced);
        count(along_free, p.accesses[number], inner);
    }
    if (along_reduction.strided != along_free.strided)
        return along_reduction.strided < along_free.strided ? Axis::reduction : Axis::free;
    return along_reduction.contiguous >= along_free.contiguous ? Axis::reduction : Axis::free;
}

}  // namespace sporkle::codegen
