// Expressions: one Program node at a time into Tile IR.
#include "codegen/lower/math.hpp"
#include "codegen/lower/writer.hpp"

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;

namespace {

struct SameOperation {
    Op program;
    TileOp tile;
};

/// The operations that Tile IR has just as the Program has them.
constexpr SameOperation same_operations[] = {
    {Op::neg, TileOp::neg},
    {Op::abs, TileOp::abs},
    {Op::sqrt, TileOp::sqrt},
    {Op::floor, TileOp::floor},
    {Op::ceil, TileOp::ceil},
    {Op::trunc, TileOp::trunc},
    {Op::round_even, TileOp::round_even},
    {Op::bit_not, TileOp::bit_not},
    {Op::add, TileOp::add},
    {Op::sub, TileOp::sub},
    {Op::mul, TileOp::mul},
    {Op::div, TileOp::div},
    {Op::rem, TileOp::rem},
    {Op::min, TileOp::min},
    {Op::max, TileOp::max},
    {Op::bit_and, TileOp::bit_and},
    {Op::bit_or, TileOp::bit_or},
    {Op::bit_xor, TileOp::bit_xor},
    {Op::shl, TileOp::shl},
    {Op::shr, TileOp::shr},
    {Op::less, TileOp::less},
    {Op::less_equal, TileOp::less_equal},
    {Op::greater, TileOp::greater},
    {Op::greater_equal, TileOp::greater_equal},
    {Op::equal, TileOp::equal},
    {Op::not_equal, TileOp::not_equal},
    {Op::logical_not, TileOp::bit_not},
    {Op::logical_and, TileOp::bit_and},
    {Op::logical_or, TileOp::bit_or},
};

bool same_operation(Op op, TileOp& result) {
    for (const SameOperation& same : same_operations) {
        if (same.program != op) continue;
        result = same.tile;
        return true;
    }
    return false;
}

}  // namespace

Value StageWriter::evaluate(int node, const Point& point, Memo& memo) {
    if (memo[node]) return memo[node];
    const Node& n = program_.nodes[node];
    const auto operand = [&](int which) { return evaluate(which, point, memo); };
    /// Brings operands to one number of lanes.
    const auto level = [&](Value x, int lanes) { return splat(x, lanes); };
    Value result;
    TileOp op{};
    if (same_operation(n.op, op)) {
        if (n.op < Op::add)
            result = b.unary(op, operand(n.a));
        else
            result = b.binary(op, operand(n.a), operand(n.b));
    } else {
        switch (n.op) {
            case Op::literal:
                result = b.constant_bits({n.dtype, 1}, n.bits);
                break;
            case Op::scalar: {
                const DType storage = program_.scalars[n.ref].dtype;
                result = b.parameter(block_.scalar(n.ref), storage);
                if (storage != n.dtype) result = b.convert(result, n.dtype);
                break;
            }
            case Op::access:
                result = load(program_.accesses[n.ref], point);
                break;
            case Op::index_value:
                result = point.base[n.ref];  // a vector where the lanes stand apart
                if (n.ref == point.axis)
                    result = b.add(splat(result, point.lanes), lane_numbers(point.lanes));
                result = wide(result);
                break;
            case Op::cast: {
                const auto to = static_cast<DType>(n.ref);
                result = b.convert(operand(n.a), to);
                if (to != n.dtype) result = b.convert(result, n.dtype);
                break;
            }
            case Op::select:
            case Op::fma: {
                Value x = operand(n.a), y = operand(n.b), z = operand(n.c);
                const int lanes = std::max({b.type_of(x).lanes, b.type_of(y).lanes, b.type_of(z).lanes});
                x = level(x, lanes), y = level(y, lanes), z = level(z, lanes);
                result = n.op == Op::select ? b.select(x, y, z) : b.fma(x, y, z);
                break;
            }
            default:
                result = emit_math(b, n.op, operand(n.a));
        }
    }
    return memo[node] = result;
}

}  // namespace sporkle::codegen
