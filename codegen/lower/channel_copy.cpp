#include "codegen/lower/channel_copy.hpp"

#include <string>

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;

namespace {

constexpr int vector_bytes = 16;

/// What a workgroup copies: `groups` vectors of channels of neighbouring places. Its threads read neighbours
/// along the last dimension, as images have them, and write a vector each.
struct Shape {
    int run = 1, places = 0, groups = 0;
};

Shape shape_of(const Schedule& s, DType type) {
    if (s.folded) return {folded_channels, 128, 1};
    return {vector_bytes / size_of(type), 32, 4};
}

const Access* access_of(const Program& p, int node) {
    if (p.nodes[node].op == Op::cast) node = p.nodes[node].a;
    return p.nodes[node].op == Op::access ? &p.accesses[p.nodes[node].ref] : nullptr;
}

/// The dimension in which an index stands alone, if it stands nowhere else; or -1.
int dimension_of(const Program& p, const Access& access, int index) {
    int found = -1;
    for (int d = 0; d < p.tensors[access.tensor].rank; ++d)
        for (int t = 0; t < access.subscripts[d].count; ++t) {
            if (access.subscripts[d].terms[t].index != index) continue;
            if (found >= 0 || !access.subscripts[d].is_plain()) return -1;
            found = d;
        }
    return found;
}

/// Its dimensions but one, as ParameterBlock's words.
std::vector<std::int32_t> words_but(const StageWriter& w, int tensor, int dim) {
    std::vector<std::int32_t> words;
    for (int d = 0; d < w.program().tensors[tensor].rank; ++d)
        if (d != dim) words.push_back(w.block().extent(w.program(), tensor, d));
    return words;
}

}  // namespace

int copied_channel_of(const Program& p, const Stage& stage) {
    const Access* const a = access_of(p, stage.factor_a);
    const Access* const c = access_of(p, stage.factor_b);
    if (a == nullptr || c == nullptr || a->tensor == c->tensor ||
        p.tensors[a->tensor].role == Role::temporary || p.tensors[c->tensor].role == Role::temporary)
        return -1;
    for (int n = stage.reduction.count; n-- > 0;) {
        const int index = stage.reduction.indices[n];
        if (dimension_of(p, *a, index) >= 0 && dimension_of(p, *c, index) >= 0) return index;
    }
    return -1;
}

void write_channel_copy(StageWriter& w, const Stage& stage, const Schedule& schedule, int factor,
                        std::vector<Scratch>& scratch, Formula grid[3]) {
    const Program& p = w.program();
    tile::Builder& b = w.builder();
    const Access& access = *access_of(p, factor);
    const int channel = copied_channel_of(p, stage), tensor = access.tensor,
              dim = dimension_of(p, access, channel), rank = p.tensors[tensor].rank;
    const DType type = p.tensors[tensor].dtype;
    const auto [run, places, groups] = shape_of(schedule, type);
    const std::vector<std::int32_t> others = words_but(w, tensor, dim);
    const std::vector<std::int32_t> channels{w.block().extent(p, tensor, dim)};
    scratch.push_back({std::string(p.tensors[tensor].name.view()) + "_copy",
                       false,
                       {{{run * size_of(type), {{others, 1}, {channels, run}}}}}});
    grid[0] = {{{1, {{others, places}}}}};
    grid[1] = {{{1, {{channels, run * groups}}}}};
    w.builder().set_team(places * groups, 1);
    // Each element has a place of its own, and few of the copy are padding: element numbers stay small.
    w.assume_dense(tensor);
    w.prefer_extent_at_least(channel, schedule.folded ? run / 2 : run);
    tile::Buffer buffer;
    buffer.name = scratch.back().name;
    buffer.dtype = type;
    buffer.word = w.block().scratch(static_cast<int>(scratch.size()) - 1);
    buffer.writable = true;
    const int copy = b.add_buffer(buffer);

    const Value member = w.narrow(b.member_id());
    const Value place =
        b.add(b.mul(w.grid(0), w.integer(places)), b.binary(TileOp::bit_and, member, w.integer(places - 1)));
    const Value vector =
        b.add(b.mul(w.grid(1), w.integer(groups)), b.binary(TileOp::div, member, w.integer(places)));
    const Value size = w.tensor_extent(tensor, dim);
    const Value vectors = b.binary(TileOp::div, b.add(size, w.integer(run - 1)), w.integer(run));
    Value total = w.integer(1);
    for (int d = 0; d < rank; ++d)
        if (d != dim) total = b.mul(total, w.tensor_extent(tensor, d));
    const Value exists = b.binary(TileOp::bit_and, b.compare(TileOp::less, place, total),
                                  b.compare(TileOp::less, vector, vectors));
    b.if_then(exists, [&] {
        Value rest = place, source = w.integer(0);
        for (int d = rank; d-- > 0;) {
            if (d == dim) continue;
            const Value extent = w.tensor_extent(tensor, d), quotient = b.binary(TileOp::div, rest, extent);
            source = b.add(source, b.mul(b.sub(rest, b.mul(quotient, extent)), w.stride(tensor, d)));
            rest = quotient;
        }
        std::vector<Value> values;
        for (int n = 0; n < run; ++n) {
            const Value at = b.add(b.mul(vector, w.integer(run)), w.integer(n));
            const Value existing = b.binary(TileOp::min, at, b.sub(size, w.integer(1)));
            const Value value =
                b.load(w.buffer(tensor), w.wide(b.add(source, b.mul(existing, w.stride(tensor, dim)))), 1);
            values.push_back(
                b.select(b.compare(TileOp::less, at, size), value, b.constant_bits({type, 1}, 0)));
        }
        const Value target = b.mul(b.add(b.mul(place, vectors), vector), w.integer(run));
        b.store(copy, b.concat(values), w.wide(target), {}, false, run * size_of(type));
    });
}

void read_channel_copies(StageWriter& w, const Stage& stage, const Schedule& schedule,
                         const std::vector<Scratch>& scratch) {
    const Program& p = w.program();
    int word = w.block().scratch(static_cast<int>(scratch.size()) - 2);
    for (const int factor : {stage.factor_a, stage.factor_b}) {
        const Access& access = *access_of(p, factor);
        w.read_copy(access.tensor, {word++, dimension_of(p, access, copied_channel_of(p, stage)),
                                    shape_of(schedule, p.tensors[access.tensor].dtype).run});
    }
}

}  // namespace sporkle::codegen
