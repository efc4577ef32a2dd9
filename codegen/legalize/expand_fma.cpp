#include <sporkle/math/fma.hpp>

#include "codegen/legalize/legalize.hpp"
#include "codegen/legalize/rebuild.hpp"
#include "codegen/lower/tile_number.hpp"

namespace sporkle::codegen {
namespace {

template <class T>
tile::Value software(tile::Builder& builder, std::span<const tile::Value> x) {
    return math::software_fma(TileNumber<T>(builder, x[0]), TileNumber<T>(builder, x[1]),
                              TileNumber<T>(builder, x[2]))
        .value();
}

}  // namespace

tile::Kernel expand_fma(const tile::Kernel& kernel) {
    return rebuild(kernel, [](tile::Builder& builder, const tile::Instruction& instruction, tile::Type type,
                              tile::Type, std::span<const tile::Value> operands) {
        if (instruction.op != tile::Op::fma || !is_float(type.scalar)) return tile::Value{};
        return type.scalar == DType::f64 ? software<double>(builder, operands)
                                         : software<float>(builder, operands);
    });
}

}  // namespace sporkle::codegen
