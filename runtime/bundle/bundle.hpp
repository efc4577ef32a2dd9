// Bundle: a checked manifest as plain data, with views of the code it describes. Everything in it is in
// bounds: reader.hpp makes these from bytes that may be anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <sporkle/hash.hpp>
#include <sporkle/program.hpp>

namespace sporkle::bundle {

/// Σ over terms of coefficient · Π over factors of ceil(Π words / divisor); see codegen/formula.hpp.
struct Formula {
    struct Factor {
        std::vector<std::int32_t> words;  ///< of the parameter block, before its scratch words
        std::int64_t divisor = 1;         ///< > 0
    };
    struct Term {
        std::int64_t coefficient = 0;
        std::vector<Factor> factors;
    };
    std::vector<Term> terms;
};

/// What a call must fulfil; see codegen/variant.hpp. Dimensions of extent 1 satisfy every condition on
/// strides.
enum class Condition : std::uint8_t {
    stride_is,
    dense,
    aligned,
    extent_multiple,
    extent_at_most,
    extent_at_least,
    stride_multiple,
    numbers_fit_32
};

struct Precondition {
    Condition condition = Condition::stride_is;
    std::uint8_t tensor = 0, dim = 0, index = 0;
    std::int64_t value = 0;
};

struct Dispatch {
    std::uint64_t entry = 0;       ///< byte offset in the variant's blob
    std::uint64_t code_bytes = 0;  ///< length of the function
    Formula grid[3];
    std::string symbol;
};

struct Scratch {
    std::string name;
    bool per_task = false;
    Formula bytes;
};

struct Variant {
    std::string target, architecture, schedule, schedule_text;
    Numerics numerics = Numerics::reproducible;
    std::uint32_t rank = 0;
    std::uint32_t blob = 0;
    std::vector<Precondition> preconditions;
    std::vector<Scratch> scratch;
    std::vector<Dispatch> dispatches;  ///< at least one
    std::uint64_t setup = 0,
                  setup_bytes = 0;  ///< in the blob: what the target's driver wants beside the code
};

struct Kernel {
    Program program;  ///< valid
    Hash hash;        ///< of the program
    std::vector<Variant> variants;

    std::string_view name() const { return program.name.view(); }
};

struct Blob {
    std::string target, architecture;
    bool executable = false;  ///< machine code of the host's kind
    std::span<const std::byte> bytes;
};

struct Bundle {
    std::string origin;    ///< "bundle 'kernels.o'", "the linked bundle": the beginning of messages
    std::string producer;  ///< version of Sporkle that wrote it
    Hash identity;
    bool in_place = false;  ///< linked into the process: executable blobs are executable where they are
    std::vector<Kernel> kernels;
    std::vector<Blob> blobs;
    std::shared_ptr<const void> storage;  ///< what the blobs' bytes point into; null for linked bundles
};

}  // namespace sporkle::bundle
