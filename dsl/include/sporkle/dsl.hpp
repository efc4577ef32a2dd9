// The notation: what the author of a kernel includes. dsl/README.md explains it with examples.
//
//   #include <sporkle/dsl.hpp>
//   using namespace sporkle::dsl;
//   inline constexpr auto i = index<"i">;
//   inline constexpr auto j = index<"j">;
//   inline constexpr auto k = index<"k">;
//   inline constexpr auto A = tensor<"A", f32, 2>;
//   inline constexpr auto B = tensor<"B", f32, 2>;
//   inline constexpr auto C = tensor<"C", f32, 2>;
//   inline constexpr auto product = kernel<"product">(C(i, j) = sum(k, A(i, k) * B(k, j)));
//
// Its words are in sporkle::dsl, and nothing else is, so that a using-directive brings in nothing else. What
// they are made of is in sporkle::notation, the operators among it: argument-dependent lookup finds those.
#pragma once

#include <sporkle/posix_index.hpp>

#include <sporkle/dsl/exporting.hpp>
#include <sporkle/dsl/functions.hpp>
#include <sporkle/dsl/kernel.hpp>
#include <sporkle/dsl/operators.hpp>
#include <sporkle/dsl/reduction.hpp>
#include <sporkle/dsl/symbols.hpp>
#include <sporkle/dsl/tensor.hpp>

namespace sporkle::dsl {

// dtypes
using notation::bf16, notation::f16, notation::f32, notation::f64;
using notation::boolean, notation::i16, notation::i32, notation::i64, notation::i8, notation::u32,
    notation::u8;
// what an author names
using notation::index, notation::kernel, notation::scalar, notation::temporary, notation::tensor;
// rules: boundaries of tensors, orders of reductions, numerics of kernels
using notation::any, notation::chain, notation::lanes;
using notation::clamp, notation::reflect, notation::wrap, notation::zero;
using notation::fast, notation::reproducible;
// functions of values
using notation::abs, notation::ceil, notation::exp, notation::floor, notation::log, notation::round_even;
using notation::cast, notation::fma, notation::select, notation::value;
using notation::rsqrt, notation::sigmoid, notation::sqrt, notation::tanh, notation::trunc;
// reductions; max and min of two values, too
using notation::argmax, notation::argmin, notation::indices, notation::max, notation::min, notation::prod;
using notation::sum;

}  // namespace sporkle::dsl
