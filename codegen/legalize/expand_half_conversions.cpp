#include <sporkle/math/convert.hpp>
#include <sporkle/math/odd.hpp>

#include "codegen/ir/rules.hpp"
#include "codegen/legalize/legalize.hpp"
#include "codegen/legalize/rebuild.hpp"
#include "codegen/lower/tile_number.hpp"

namespace sporkle::codegen {
namespace {

using tile::Value;

/// Patterns of a 16-bit format as i32, and back.
TileNumber<std::int32_t> pattern_of(tile::Builder& b, Value storage) {
    return {b, b.convert(b.bitcast(storage, DType::i16), DType::i32)};
}
Value storage_from(tile::Builder& b, TileNumber<std::int32_t> pattern, DType type) {
    return b.bitcast(b.convert(pattern.value(), DType::i16), type);
}

/// Exact.
Value widen(tile::Builder& b, Value x, DType from, HalfConversions native) {
    if (from == DType::f16 && native.f16_to_f32) return b.convert(x, DType::f32);
    const TileNumber<std::int32_t> pattern = pattern_of(b, x);
    return (from == DType::f16 ? math::float_from_f16(pattern) : math::float_from_bf16(pattern)).value();
}

/// A value of any arithmetic type as a float that rounds to the 16-bit formats as the value itself does.
Value as_float(tile::Builder& b, Value x, DType from) {
    switch (from) {
        case DType::f64:
            return math::odd_float(TileNumber<double>(b, x)).value();
        case DType::i64:
            return math::odd_float(math::odd_double(TileNumber<std::int64_t>(b, x))).value();
        case DType::i32:
        case DType::u32:
            return math::odd_float(TileNumber<double>(b, b.convert(x, DType::f64))).value();
        default:  // f32, and what it holds exactly: shorter integers and booleans
            return b.convert(x, DType::f32);
    }
}

Value narrow(tile::Builder& b, Value x, DType to, HalfConversions native) {
    if (to == DType::f16 && native.f32_to_f16) return b.convert(x, DType::f16);
    const TileNumber<float> number(b, x);
    return storage_from(b, to == DType::f16 ? math::f16_from_float(number) : math::bf16_from_float(number),
                        to);
}

}  // namespace

tile::Kernel expand_half_conversions(const tile::Kernel& kernel, HalfConversions native) {
    return rebuild(kernel,
                   [native](tile::Builder& b, const tile::Instruction& instruction, tile::Type type,
                            tile::Type operand_type, std::span<const Value> operands) -> Value {
                       const DType from = operand_type.scalar, to = type.scalar;
                       if (instruction.op != tile::Op::convert || from == to) return {};
                       if (!tile::is_storage_only(from) && !tile::is_storage_only(to)) return {};
                       const Value wide = tile::is_storage_only(from) ? widen(b, operands[0], from, native)
                                                                      : as_float(b, operands[0], from);
                       return tile::is_storage_only(to) ? narrow(b, wide, to, native) : b.convert(wide, to);
                   });
}

}  // namespace sporkle::codegen
