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
#pragma once

#include <sporkle/posix_index.hpp>

#include <sporkle/dsl/exporting.hpp>
#include <sporkle/dsl/functions.hpp>
#include <sporkle/dsl/kernel.hpp>
#include <sporkle/dsl/operators.hpp>
#include <sporkle/dsl/reduction.hpp>
#include <sporkle/dsl/symbols.hpp>
#include <sporkle/dsl/tensor.hpp>
