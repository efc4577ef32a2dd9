#include "codegen/lower/block_tree.hpp"

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;
using State = Accumulator::State;

namespace {

constexpr int tree_levels =
    36;  ///< 2^36 blocks of 4096 one-byte elements are more than a 47-bit address space

/// Position of the highest set bit of a positive i64 below 2^53, from the exponent of its exact f64
/// conversion.
Value highest_bit(tile::Builder& b, Value x) {
    const Value bits = b.bitcast(b.convert(x, DType::f64), DType::i64);
    return b.sub(b.binary(TileOp::shr_logical, bits, b.integer(52)), b.integer(1023));
}

}  // namespace

StateArray::StateArray(StageWriter& writer, Accumulator& accumulator, const std::string& name, int slots,
                       int lanes)
    : w(&writer), lanes_(lanes) {
    for (int part = 0; part < accumulator.parts(); ++part) {
        tile::Buffer buffer;
        buffer.name = name + (part == 0 ? "" : "_number");
        buffer.space = tile::Space::private_;
        buffer.dtype = accumulator.type(part, 1).scalar;
        buffer.size = static_cast<std::int64_t>(slots) * lanes;
        buffer.writable = true;
        buffers_.push_back(writer.builder().add_buffer(buffer));
    }
}

StateArray::StateArray(StageWriter& writer, Accumulator& accumulator, const std::string& name, int first_word)
    : w(&writer) {
    for (int part = 0; part < accumulator.parts(); ++part) {
        tile::Buffer buffer;
        buffer.name = name + (part == 0 ? "" : "_number");
        buffer.dtype = accumulator.type(part, 1).scalar;
        buffer.word = first_word + part;
        buffer.writable = true;
        buffers_.push_back(writer.builder().add_buffer(buffer));
    }
}

State StateArray::load(Value slot) {
    tile::Builder& b = w->builder();
    State state;
    for (const int buffer : buffers_)
        state.push_back(b.load(buffer, b.mul(slot, w->integer(lanes_)), lanes_));
    return state;
}

void StateArray::store(const State& state, Value slot) {
    tile::Builder& b = w->builder();
    for (std::size_t part = 0; part < buffers_.size(); ++part)
        b.store(buffers_[part], state[part], b.mul(slot, w->integer(lanes_)));
}

BlockTree::BlockTree(StageWriter& writer, Accumulator& accumulator, int lanes)
    : w(writer),
      acc_(accumulator),
      levels_(writer, accumulator, "levels", tree_levels, lanes),
      lanes_(lanes) {}

void BlockTree::push(const State& result, Value block) {
    tile::Builder& b = w.builder();
    // The trailing ones of `block` are below the highest bit of block ^ (block + 1).
    const Value merges = highest_bit(b, b.binary(TileOp::bit_xor, block, b.add(block, w.integer(1))));
    const auto merged = b.for_loop(
        w.integer(0), merges, w.integer(1), result,
        [&](Value level, std::span<const Value> state) {
            return acc_.combine(levels_.load(level), State(state.begin(), state.end()));
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
            const Value start = highest_bit(b, lowest);
            return b.for_loop(
                b.add(start, w.integer(1)), b.add(highest_bit(b, blocks), w.integer(1)), w.integer(1),
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
