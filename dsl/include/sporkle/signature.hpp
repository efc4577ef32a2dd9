// The call signature of a kernel: what a call's arguments must be, as plain data without expression
// templates. It is all that the runtime needs of a kernel object besides its Program and hash.
//
//   template <KernelObject K, class... Arguments>
//   void run(const K& kernel, Arguments&&... arguments) {
//       static_assert(sizeof...(Arguments) == K::signature.count);
//       using First = Element<K::signature.arguments[0].dtype>;   // see element.hpp
//       launch(kernel.hash(), kernel.program(), …);
//   }
//
// A kernel object's type depends on its name and arguments alone, not on the expression: kernels of one
// signature that differ in their formula differ in value (and hash), and may differ in type only by name.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

#include <sporkle/hash.hpp>
#include <sporkle/program.hpp>

namespace sporkle {

/// One parameter of a kernel's call.
struct ArgumentSignature {
    Name name;
    bool is_scalar = false;
    DType dtype = DType::f32;  ///< as stored; a scalar argument of dtype f16 is passed as sporkle::half
    std::uint8_t rank = 0;     ///< of a tensor; 0 for a scalar
    Role role = Role::input;   ///< input or output; scalars are inputs
    std::uint8_t number = 0;   ///< of the tensor or scalar in the Program

    friend constexpr bool operator==(const ArgumentSignature& x, const ArgumentSignature& y) {
        return x.name.view() == y.name.view() && x.is_scalar == y.is_scalar && x.dtype == y.dtype &&
               x.rank == y.rank && x.role == y.role && x.number == y.number;
    }
};

/// The parameters in the order of the call: inputs and scalars as they appear, then outputs.
struct Signature {
    Name kernel;
    std::uint8_t count = 0;
    ArgumentSignature arguments[max_arguments] = {};

    friend constexpr bool operator==(const Signature& x, const Signature& y) {
        bool same = x.kernel.view() == y.kernel.view() && x.count == y.count;
        for (int a = 0; same && a < x.count; ++a) same = x.arguments[a] == y.arguments[a];
        return same;
    }
};

/// The signature of any valid Program, also of one that was built at run time.
constexpr Signature signature_of(const Program& program) {
    Signature signature;
    signature.kernel = program.name;
    signature.count = program.argument_count;
    for (int a = 0; a < program.argument_count; ++a) {
        const Argument from = program.arguments[a];
        ArgumentSignature& to = signature.arguments[a];
        to.is_scalar = from.is_scalar;
        to.number = from.number;
        if (from.is_scalar) {
            to.name = program.scalars[from.number].name;
            to.dtype = program.scalars[from.number].dtype;
        } else {
            const Tensor& tensor = program.tensors[from.number];
            to.name = tensor.name;
            to.dtype = tensor.dtype;
            to.rank = tensor.rank;
            to.role = tensor.role;
        }
    }
    return signature;
}

/// What `sporkle::dsl::kernel<"name">(…)` returns, seen without its templates. `K::signature` is a constant
/// expression for every K; program, hash and name are so for constexpr objects and otherwise cost a read.
template <class K>
concept KernelObject = requires(const K& kernel) {
    { K::signature } -> std::same_as<const Signature&>;
    { kernel.program() } -> std::same_as<const Program&>;
    { kernel.hash() } -> std::same_as<const Hash&>;
    { kernel.name() } -> std::same_as<std::string_view>;
};

}  // namespace sporkle
