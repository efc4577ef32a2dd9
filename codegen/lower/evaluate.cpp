// Expressions: one Program node at a time into Tile IR.
#include "codegen/lower/math.hpp"
#include "codegen/lower/writer.hpp"

namespace sporkle::codegen {

using tile::Value;
using TileOp = tile::Op;

namespace {

/// The Tile IR operation that does exactly what a Program's operation does, for those that have one.
bool same_operation(Op op, TileOp& result) {
    switch (op) {
#define SAME(name)             \
    case Op::name:             \
        result = TileOp::name; \
        return true;
        SAME(neg)
        SAME(abs)
        SAME(sqrt)
        SAME(floor)
        SAME(ceil)
        SAME(trunc)
        SAME(round_even)
        SAME(bit_not)
        SAME(add) SAME(sub) SAME(mul) SAME(div) SAME(rem) SAME(min) SAME(max) SAME(bit_and) SAME(bit_or)
            SAME(bit_xor) SAME(shl) SAME(shr) SAME(less) SAME(less_equal) SAME(greater) SAME(greater_equal)
                SAME(equal) SAME(not_equal)
#undef SAME
                    case Op::logical_not : result = TileOp::bit_not;
        return true;
        case Op::logical_and:
            result = TileOp::bit_and;
            return true;
        case Op::logical_or:
            result = TileOp::bit_or;
            return true;
        default:
            return false;
    }
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
                result = point.base[n.ref];
                if (n.ref == point.axis)
                    result = b.add(splat(result, point.lanes),
                                   b.lane_ids({DType::i64, static_cast<std::uint16_t>(point.lanes)}));
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
