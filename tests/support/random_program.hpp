// Random valid Programs, random calls of any Program, and the comparison of two calls' results: the stuff
// that differential tests are made of.
//
//   const Program program = random_program(seed, size);
//   const Call before = random_call(program, seed);
//   Call expected = before, actual = before;
//   reference(program, expected.arguments());
//   run_it_somehow(program, actual.arguments());
//   EXPECT_TRUE(same_bits(program, expected, actual)) << "seed " << seed;
//
// The same seed gives the same result on every machine and compiler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include <sporkle/extents.hpp>
#include <sporkle/program.hpp>

namespace sporkle::testing {

/// A valid Program that some call fits. `size` from 0 (one short statement) to about 8 (several statements,
/// nested reductions, a hundred nodes).
Program random_program(std::uint64_t seed, int size);

/// One tensor of a call: its own memory, in which the elements lie by strides among bytes that are no
/// element. Copies are deep, so a call can be kept and repeated.
struct CallTensor {
    DType dtype = DType::f32;
    int rank = 0;
    std::int64_t strides[max_rank] = {}, extents[max_rank] = {};
    std::int64_t lowest = 0, highest = -1;  ///< element numbers relative to the address of element (0, …, 0)
    std::vector<std::byte> bytes;           ///< the elements between margins
    std::size_t origin = 0;                 ///< byte of element (0, …, 0)

    std::byte* data() { return bytes.data() + origin; }
    const std::byte* data() const { return bytes.data() + origin; }
    bool empty() const;
};

/// All arguments of a call, by tensor and scalar number of the Program. Temporaries have none.
struct Call {
    const Program* program = nullptr;
    std::vector<CallTensor> tensors;
    std::vector<std::uint64_t> scalars;

    /// As `reference` and `resolve_extents` take them; valid while this Call lives and is not copied to.
    std::vector<CallArgument> arguments();
};

struct CallOptions {
    std::int64_t most_steps = 100'000;  ///< innermost evaluations, roughly
    bool dense = false;                 ///< row-major arrays only
    bool tame = false;                  ///< small finite values only
    /// Values of a few units with all their bits: no NaN or infinity that would hide a difference in a long
    /// sum, and no exact arithmetic either.
    bool finite = false;
    /// Numbers about the least normal one, about its square root, of a few units, and zeros: operands,
    /// products and sums are subnormal all the time, which some devices like to take for zeros.
    bool tiny = false;
    /// Tensors that are read through a boundary rule are about as large as what is read of them, so that most
    /// reads are inside, as in an application; else small, so that most are outside.
    bool roomy = false;
    /// Extents of indices by number, where given and not negative; the others are chosen.
    std::vector<std::int64_t> index_extents = {};
};

/// Arguments that fit the Program: extents with 0, 1 and primes among them, negative, padded and (inputs)
/// zero strides, and values with NaN, infinities, subnormals, both zeros and the extreme integers among them.
/// Throws std::runtime_error when it finds none. `program` must outlive the call.
Call random_call(const Program& program, std::uint64_t seed, const CallOptions& options = {});

/// Whether all output elements are the same bits, any NaN being equal to any NaN, and all bytes around them
/// and of the inputs are untouched. The message names the first difference.
::testing::AssertionResult same_bits(const Program& program, const Call& expected, const Call& actual);

}  // namespace sporkle::testing
