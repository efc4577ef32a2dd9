#include "codegen/lower/fusion.hpp"

#include "codegen/lower/axis.hpp"
#include "codegen/lower/register_rows.hpp"
#include "codegen/lower/stage_lowering.hpp"

namespace sporkle::codegen {
namespace {

constexpr std::int64_t largest_shared = std::int64_t(1) << 20;  ///< elements; no device has so much

/// The indices that stand alone in a subscript of an access, by dimension; -1 for any other subscript.
std::vector<int> plain_indices(const Program& p, const Access& access) {
    std::vector<int> result;
    for (int d = 0; d < p.tensors[access.tensor].rank; ++d)
        result.push_back(access.subscripts[d].is_plain() ? access.subscripts[d].terms[0].index : -1);
    return result;
}

const Access* definition(const Program& p, int tensor) {
    for (int s = 0; s < p.statement_count; ++s)
        if (p.statements[s].target.tensor == tensor) return &p.statements[s].target;
    return nullptr;
}

/// Elements that a task keeps of a temporary, at most `limit` along an index without a compile-time extent,
/// of which there may be one: it is left in `bounded`, else -1. 0: there is no such bound.
std::int64_t bounded_elements(const Program& p, int tensor, IndexSet fixed, std::int64_t limit,
                              int& bounded) {
    bounded = -1;
    std::int64_t elements = 1;
    const Access* target = definition(p, tensor);
    for (int d = 0; d < p.tensors[tensor].rank; ++d) {
        const Affine& s = target->subscripts[d];
        if (s.is_plain() && contains(fixed, s.terms[0].index)) continue;
        for (int t = 0; t < s.count; ++t) {
            const int index = s.terms[t].index;
            const std::int64_t extent = p.indices[index].extent;
            if (extent == 0 && bounded >= 0) return 0;
            if (extent == 0) bounded = index;
            elements *= extent > 0 ? extent : limit;
            if (elements > largest_shared) return 0;
        }
    }
    return elements;
}

bool place_in_shared_memory(StageWriter& w, int tensor, IndexSet fixed, std::int64_t limit, Place& place) {
    int bounded = -1;
    const std::int64_t elements =
        limit > 0 ? bounded_elements(w.program(), tensor, fixed, limit, bounded) : 0;
    if (elements == 0) return false;
    if (bounded >= 0) w.assume_extent_at_most(bounded, limit);
    place.space = tile::Space::shared;
    place.size = elements;
    place.fixed = fixed;
    return true;
}

}  // namespace

std::int64_t shared_bytes(const Program& p, IndexSet fixed, std::int64_t limit) {
    std::int64_t bytes = 0;
    for (int t = 0; t < p.tensor_count; ++t) {
        if (p.tensors[t].role != Role::temporary || definition(p, t) == nullptr) continue;
        int bounded = -1;
        bytes += bounded_elements(p, t, fixed, limit, bounded) * size_of(p.tensors[t].dtype);
    }
    return bytes;
}

bool keeps_rows(const Program& p, IndexSet fixed) {
    for (int t = 0; t < p.tensor_count; ++t) {
        int bounded = -1;
        if (p.tensors[t].role == Role::temporary && definition(p, t) != nullptr &&
            bounded_elements(p, t, fixed, 1, bounded) == 0)
            return false;
    }
    return true;
}

IndexSet fusible_indices(const Program& p, const std::vector<Stage>& stages) {
    IndexSet common = ~IndexSet(0);
    for (const Stage& stage : stages) {
        IndexSet plain = 0;
        for (const int i : plain_indices(p, p.statements[stage.statement].target))
            if (i >= 0) plain |= IndexSet(1) << i;
        if (const int inner = innermost_index(p, stage); inner >= 0 && stages.size() > 1) {
            // A row result (softmax's maximum) has the row as its innermost index and nothing to vectorise
            // along it but the reduction, which is what the task does.
            const bool vector_along_inner = stage.reduce < 0 || preferred_axis(p, stage, 0) == Axis::free;
            if (vector_along_inner) plain &= ~(IndexSet(1) << inner);
        }
        common &= plain;
    }
    for (const Stage& stage : stages) {
        for (const int number : accesses_below(p, stage.root)) {
            const Access& read = p.accesses[number];
            const Access* written = definition(p, read.tensor);
            if (written == nullptr) continue;
            const auto from = plain_indices(p, *written), to = plain_indices(p, read);
            for (int i = 0; i < p.index_count; ++i) {
                bool same = true, present = false;
                for (std::size_t d = 0; d < from.size(); ++d) {
                    same = same && (from[d] == i) == (to[d] == i);
                    present = present || from[d] == i;
                }
                if (!same || !present) common &= ~(IndexSet(1) << i);
            }
        }
    }
    return common;
}

Formula temporary_bytes(const Program& p, int tensor, IndexSet fixed) {
    const ParameterBlock block(p);
    std::vector<int> indices;
    const Access* target = definition(p, tensor);
    for (int d = 0; d < p.tensors[tensor].rank; ++d) {
        const Affine& s = target->subscripts[d];
        if (s.is_plain() && contains(fixed, s.terms[0].index)) continue;
        // S·i + p: both extents multiply to the dimension's.
        for (int t = 0; t < s.count; ++t) indices.push_back(s.terms[t].index);
    }
    return {{{size_of(p.tensors[tensor].dtype), {extent_product(block, indices)}}}};
}

void write_fused_dispatch(StageWriter& w, const std::vector<Stage>& stages, const Schedule& schedule,
                          std::vector<Scratch>& scratch, Formula grid[3]) {
    const Program& p = w.program();
    const IndexSet fixed = fusible_indices(p, stages);
    std::vector<int> outer;
    for (const int i : stages.front().free)
        if (contains(fixed, i)) outer.push_back(i);
    if (schedule.register_elements > 0) {
        write_register_rows(w, stages, schedule, outer, fixed, grid);
        return;
    }
    Point at;
    if (!outer.empty()) {
        w.bind_flat(w.grid(0), outer, at);
        grid[0] = {{{1, {extent_product(w.block(), outer)}}}};
    }
    for (int t = 0; t < p.tensor_count; ++t) {
        if (p.tensors[t].role != Role::temporary || definition(p, t) == nullptr) continue;
        Place place;
        if (place_in_shared_memory(w, t, fixed, schedule.shared_elements, place)) {
            w.place_temporary(t, place);
            continue;
        }
        place.space = tile::Space::task;
        place.word = w.block().scratch(static_cast<int>(scratch.size()));
        place.fixed = fixed;
        w.place_temporary(t, place);
        scratch.push_back({std::string(p.tensors[t].name.view()), true, temporary_bytes(p, t, fixed)});
    }
    for (const Stage& stage : stages) {
        Schedule part = schedule;
        part.linear = false;
        if (stage.reduce < 0) {
            write_map_part(w, stage, part, at, fixed);
        } else {
            part.axis = preferred_axis(p, stage, fixed);
            write_reduction_part(w, stage, part, at, fixed);
        }
        // What one of them stored others may read.
        if (schedule.members > 1 && &stage != &stages.back()) w.builder().barrier();
    }
}

}  // namespace sporkle::codegen
