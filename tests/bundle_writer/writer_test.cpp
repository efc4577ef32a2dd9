// What the writer writes, the runtime's reader reads.
#include "codegen/bundle/writer.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <new>

#include <sporkle/error.hpp>

#include "codegen/bundle/program_bytes.hpp"
#include "runtime/bundle/reader.hpp"
#include "tests/bundle_writer/sample.hpp"

namespace sporkle::test {
namespace {

using codegen::CompiledKernel;
using codegen::write_bundle;

std::vector<bundle::Bundle> read_back(const std::vector<std::byte>& bytes) {
    const std::shared_ptr<std::byte> storage(
        static_cast<std::byte*>(::operator new (bytes.size(), std::align_val_t{64})),
        [](std::byte* p) { ::operator delete (p, std::align_val_t{64}); });
    std::memcpy(storage.get(), bytes.data(), bytes.size());
    return bundle::read_bytes({storage.get(), bytes.size()}, storage, "test");
}

TEST(BundleWriter, ReaderFindsEverything) {
    const std::vector<CompiledKernel> kernels{compiled_doubling("twice"), foreign_kernel("minus")};
    const auto bundles = read_back(write_bundle("sample", kernels));
    ASSERT_EQ(bundles.size(), 1u);
    const bundle::Bundle& b = bundles[0];
    EXPECT_EQ(b.producer.substr(0, 8), "Sporkle ");
    ASSERT_EQ(b.kernels.size(), 2u);
    ASSERT_EQ(b.blobs.size(), 3u);
    EXPECT_EQ(b.kernels[0].name(), "twice");
    EXPECT_EQ(b.kernels[0].hash, hash_of(doubling("any name")));
    ASSERT_EQ(b.kernels[0].variants.size(), 3u);

    std::size_t number = 0;
    for (const auto& part : kernels[0].parts)
        for (std::size_t v = 0; v < part.variants.size(); ++v, ++number) {
            const codegen::Variant& written = part.variants[v];
            const bundle::Variant& read = b.kernels[0].variants[number];
            EXPECT_EQ(read.target, "x86");
            EXPECT_EQ(read.architecture, written.machine.architecture);
            EXPECT_EQ(read.schedule, written.schedule.name);
            EXPECT_EQ(read.rank, v);
            EXPECT_EQ(read.preconditions.size(), written.preconditions.size());
            EXPECT_EQ(read.scratch.size(), written.scratch.size());
            ASSERT_EQ(read.dispatches.size(), 1u);
            const auto& grid = read.dispatches[0].grid[0];
            ASSERT_EQ(grid.terms.size(), 1u);
            EXPECT_EQ(grid.terms[0].factors[0].divisor, 1000);
            const codegen::Code::Entry& entry = part.code.entries[v][0];
            EXPECT_EQ(read.dispatches[0].symbol, entry.symbol);
            EXPECT_EQ(read.dispatches[0].entry, entry.offset);
            EXPECT_EQ(read.dispatches[0].code_bytes, entry.size);
            const auto blob = b.blobs.at(read.blob).bytes;
            EXPECT_TRUE(std::equal(blob.begin(), blob.end(), part.code.bytes.begin(), part.code.bytes.end()));
        }
    const bundle::Variant& bound = b.kernels[0].variants[1];
    ASSERT_EQ(bound.preconditions.size(), 2u);
    EXPECT_EQ(bound.preconditions[1].condition, bundle::Condition::extent_at_least);
    EXPECT_EQ(bound.preconditions[1].value, 16);
    EXPECT_EQ(bound.scratch.at(0).name, "panel");
    EXPECT_TRUE(bound.scratch.at(0).per_task);
    EXPECT_EQ(bound.scratch.at(0).bytes.terms.at(0).coefficient, 4096);
    EXPECT_FALSE(b.blobs[b.kernels[1].variants.at(0).blob].executable);
    EXPECT_EQ(b.blobs[2].bytes.size(), 100u);
}

TEST(BundleWriter, WritesTheSameBytesAgain) {
    const auto write = [] {
        const std::vector<CompiledKernel> kernels{compiled_doubling("twice"), foreign_kernel("minus")};
        return write_bundle("sample", kernels);
    };
    EXPECT_EQ(write(), write());
}

TEST(BundleWriter, KernelsWithoutVariantsAndEmptyBundlesAreBundles) {
    const CompiledKernel bare{doubling("bare"), {}};
    EXPECT_EQ(read_back(write_bundle("bare", {&bare, 1})).at(0).kernels.size(), 1u);
    EXPECT_TRUE(read_back(write_bundle("empty", {})).at(0).kernels.empty());
}

TEST(BundleWriter, BytesOfAProgramDependOnItsFieldsOnly) {
    const Program program = doubling("twice");
    alignas(Program) std::byte memory[sizeof(Program)];
    std::memset(memory, 0xee, sizeof(memory));
    Program& dirty = *new (memory) Program(program);
    // Every field one by one, so that the padding keeps what it had.
    dirty.nodes[0].op = program.nodes[0].op;
    std::memset(reinterpret_cast<std::byte*>(&dirty.accesses[0].subscripts[0].terms[0].index) + 1, 0xee, 3);
    EXPECT_EQ(codegen::program_bytes(dirty), codegen::program_bytes(program));

    // All bytes that are fields arrive: with every byte set, only padding is zero, and the hash is kept.
    std::memset(memory, 1, sizeof(memory));
    dirty.node_count = max_nodes;
    const auto full = codegen::program_bytes(dirty);
    Program back;
    std::memcpy(&back, full.data(), sizeof(back));
    EXPECT_EQ(hash_of(back), hash_of(dirty));
    const auto padding = static_cast<std::size_t>(std::count(full.begin(), full.end(), std::byte{0}));
    const std::size_t terms = max_terms * max_rank * (max_accesses + max_statements);
    EXPECT_LT(padding, sizeof(Program) / 3) << "of which " << 3 * terms << " are beside terms of subscripts";
    EXPECT_GT(padding, 3 * terms);
}

template <class F>
std::string message_of(F&& f) {
    try {
        f();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

TEST(BundleWriter, RefusesBadNamesAndRepetitions) {
    for (const std::string name : {"", "2fast", "my-kernels", "a b"})
        EXPECT_NE(message_of([&] { write_bundle(name, {}); }).find("'" + name + "'"), std::string::npos);
    const std::vector<CompiledKernel> twice{foreign_kernel("one"), foreign_kernel("other")};
    EXPECT_EQ(message_of([&] { write_bundle("twice", twice); }), "bundle: kernel 'other' occurs twice");
}

}  // namespace
}  // namespace sporkle::test
