#include "codegen/lower/math.hpp"

#include <sporkle/error.hpp>
#include <sporkle/math/exp.hpp>
#include <sporkle/math/log.hpp>
#include <sporkle/math/rsqrt.hpp>
#include <sporkle/math/sigmoid.hpp>
#include <sporkle/math/tanh.hpp>

#include "codegen/lower/tile_number.hpp"

namespace sporkle::codegen {
namespace {

template <class T>
tile::Value emit(tile::Builder& builder, Op op, tile::Value x) {
    const TileNumber<T> number(builder, x);
    switch (op) {
        case Op::exp:
            return math::exp(number).value();
        case Op::log:
            return math::log(number).value();
        case Op::tanh:
            return math::tanh(number).value();
        case Op::sigmoid:
            return math::sigmoid(number).value();
        case Op::rsqrt:
            return math::rsqrt(number).value();
        default:
            throw Error(ErrorCode::invalid_program, "not a function of sporkle/math");
    }
}

}  // namespace

tile::Value emit_math(tile::Builder& builder, Op op, tile::Value x) {
    return builder.type_of(x).scalar == DType::f64 ? emit<double>(builder, op, x)
                                                   : emit<float>(builder, op, x);
}

}  // namespace sporkle::codegen
