#include "codegen/lower/block_tree.hpp"

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;
using State = Accumulator::State;

Value highest_bit(StageWriter& writer, Value x) {
    tile::Builder& b = writer.builder();
    if (!writer.spread_over_threads()) {
        // The exponent of the exact conversion.
        const Value bits = b.bitcast(b.convert(x, DType::f64), DType::i64);
        return writer.narrow(b.sub(b.binary(TileOp::shr_logical, bits, b.integer(52)), b.integer(1023)));
    }
    // Bisection: double precision is slow on GPUs, or missing.
    Value position = writer.integer(0), rest = x;
    for (int step = 4 * size_of(writer.index_type()); step >= 1; step /= 2) {
        const Value high = b.compare(TileOp::greater_equal, rest, writer.integer(std::int64_t(1) << step));
        position = b.select(high, b.add(position, writer.integer(step)), position);
        rest = b.select(high, b.binary(TileOp::shr_logical, rest, writer.integer(step)), rest);
    }
    return position;
}

void StateArray::add_buffers(Accumulator& accumulator, const std::string& name, tile::Buffer buffer) {
    for (int part = 0; part < accumulator.parts(); ++part) {
        buffer.name = name + (part == 0 ? "" : "_number");
        buffer.dtype = accumulator.type(part, 1).scalar;
        buffer.writable = true;
        buffers_.push_back(w->builder().add_buffer(buffer));
        if (buffer.space == tile::Space::global) ++buffer.word;
    }
}

StateArray::StateArray(StageWriter& writer, Accumulator& accumulator, const std::string& name, int slots,
                       int lanes)
    : StateArray(writer, lanes) {
    tile::Buffer buffer;
    buffer.space = tile::Space::private_;
    buffer.size = static_cast<std::int64_t>(slots) * lanes;
    add_buffers(accumulator, name, buffer);
}

StateArray::StateArray(StageWriter& writer, Accumulator& accumulator, const std::string& name, int first_word)
    : StateArray(writer, 1) {
    tile::Buffer buffer;
    buffer.word = first_word;
    add_buffers(accumulator, name, buffer);
}

StateArray StateArray::in_shared_memory(StageWriter& writer, Accumulator& accumulator,
                                        const std::string& name, int slots, int lanes) {
    StateArray array(writer, lanes);
    tile::Buffer buffer;
    buffer.space = tile::Space::shared;
    buffer.size = static_cast<std::int64_t>(slots) * lanes;
    buffer.explicit_barriers = lanes > 1;
    array.add_buffers(accumulator, name, buffer);
    return array;
}

State StateArray::gather(Value elements, Value mask) {
    State state;
    for (const int buffer : buffers_) state.push_back(w->builder().gather(buffer, w->wide(elements), mask));
    return state;
}

void StateArray::scatter(const State& state, Value elements, Value mask) {
    for (std::size_t part = 0; part < buffers_.size(); ++part)
        w->builder().scatter(buffers_[part], state[part], w->wide(elements), mask);
}

State StateArray::load_vector(Value slot, int lanes, Value mask) {
    State state;
    for (const int buffer : buffers_) state.push_back(w->builder().load(buffer, w->wide(slot), lanes, mask));
    return state;
}

State StateArray::load(Value slot) {
    tile::Builder& b = w->builder();
    State state;
    for (const int buffer : buffers_)
        state.push_back(b.load(buffer, w->wide(b.mul(slot, w->integer(lanes_))), lanes_));
    return state;
}

void StateArray::store_vector(const State& state) {
    for (std::size_t part = 0; part < buffers_.size(); ++part)
        w->builder().store(buffers_[part], state[part], w->builder().integer(0));
}

void StateArray::store(const State& state, Value slot) {
    tile::Builder& b = w->builder();
    for (std::size_t part = 0; part < buffers_.size(); ++part)
        b.store(buffers_[part], state[part], w->wide(b.mul(slot, w->integer(lanes_))));
}

BlockTree::BlockTree(StageWriter& writer, Accumulator& accumulator, int lanes, const std::string& name,
                     int levels)
    : w(writer), acc_(accumulator), levels_(writer, accumulator, name, levels, lanes), lanes_(lanes) {}

void BlockTree::push(const State& result, Value block, const Present& present) {
    tile::Builder& b = w.builder();
    // The trailing ones of `block` are below the highest bit of block ^ (block + 1).
    const Value next = b.add(block, w.integer(1));
    const Value merges = highest_bit(w, b.binary(TileOp::bit_xor, block, next));
    const auto merged = w.for_loop(
        w.integer(0), merges, w.integer(1), result,
        [&](Value level, std::span<const Value> state) {
            const State left = levels_.load(level);
            State both = acc_.combine(left, State(state.begin(), state.end()));
            if (present) {
                const Value there = present(b.sub(next, b.binary(TileOp::shl, w.integer(1), level)));
                for (std::size_t part = 0; part < both.size(); ++part)
                    both[part] = b.select(there, both[part], left[part]);
            }
            return both;
        },
        1);
    levels_.store(merged, merges);
}

State BlockTree::total(Value blocks) {
    tile::Builder& b = w.builder();
    return b.if_else(
        b.compare(TileOp::equal, blocks, w.integer(0)), [&] { return acc_.identity(lanes_); },
        [&] {
            // What the counter holds, the shorter runs on the right.
            const Value lowest = b.binary(TileOp::bit_and, blocks, b.sub(w.integer(0), blocks));
            const Value start = highest_bit(w, lowest);
            return w.for_loop(
                b.add(start, w.integer(1)), b.add(highest_bit(w, blocks), w.integer(1)), w.integer(1),
                levels_.load(start),
                [&](Value level, std::span<const Value> state) {
                    const State right(state.begin(), state.end());
                    const Value bit =
                        b.binary(TileOp::bit_and, b.binary(TileOp::shr_logical, blocks, level), w.integer(1));
                    return b.if_else(
                        b.compare(TileOp::equal, bit, w.integer(1)),
                        [&] { return acc_.combine(levels_.load(level), right); }, [&] { return right; });
                },
                1);
        });
}

}  // namespace sporkle::codegen
