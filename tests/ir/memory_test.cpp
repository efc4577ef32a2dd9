// Loads and stores as interpreted: what lands where, and that every access that must not happen is reported.
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "codegen/ir/builder.hpp"
#include "codegen/ir/interpreter.hpp"

namespace sporkle::testing {
namespace {

using namespace tile;

/// A kernel that reads `from` (16 elements 100, 101, …) and writes `to` (16 elements, -1 at first).
class MemoryTest : public ::testing::Test {
  protected:
    MemoryTest() : b("memory", 2) {
        std::iota(from.begin(), from.end(), 100);
        to.fill(-1);
        input = b.add_buffer({"from", Space::global, DType::i32, 0, 0, false});
        output = b.add_buffer({"to", Space::global, DType::i32, 0, 0, true});
    }
    std::string run(std::int64_t task_bytes = 0, std::array<std::int64_t, 3> grid = {1, 1, 1}) {
        const Kernel kernel = b.finish();
        std::vector<Memory> memory(kernel.buffers.size());
        memory[0] = {reinterpret_cast<std::byte*>(from.data() + base), -base, 15 - base};
        memory[1] = {reinterpret_cast<std::byte*>(to.data()), 0, 15};
        return interpret(kernel, {words, memory, task_bytes, grid});
    }
    Value lanes(int n) { return b.lane_ids({DType::i64, static_cast<std::uint16_t>(n)}); }
    Value less_than(int n, int limit) { return b.compare(Op::less, lanes(n), b.integer(limit)); }
    static void expect_fault(const std::string& actual, const char* text) {
        EXPECT_NE(actual.find(text), std::string::npos) << "'" << actual << "' lacks '" << text << "'";
    }

    Builder b;
    alignas(64) std::array<std::int32_t, 16> from{}, to{};
    std::int64_t base = 0;
    std::uint64_t words[2] = {};
    int input = 0, output = 0;
};

TEST_F(MemoryTest, ContiguousElements) {
    b.store(output, b.load(input, b.integer(3), 4), b.integer(12));
    EXPECT_EQ(run(), "");
    EXPECT_EQ(to, (std::array<std::int32_t, 16>{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 103, 104, 105,
                                                106}));
}

TEST_F(MemoryTest, MaskedLanesReadZeroAndWriteNothing) {
    const Value loaded = b.load(input, b.integer(14), 8, less_than(8, 2));
    b.store(output, loaded, b.integer(8), less_than(8, 4));
    EXPECT_EQ(run(), "");
    EXPECT_EQ(to,
              (std::array<std::int32_t, 16>{-1, -1, -1, -1, -1, -1, -1, -1, 114, 115, 0, 0, -1, -1, -1, -1}));
}

TEST_F(MemoryTest, MaskedLanesReadZeroAfterTheyHeldSomething) {
    words[0] = 2;
    b.for_each(b.integer(0), b.parameter(0), b.integer(1), [&](Value i) {
        const Value mask = b.compare(Op::less, lanes(8), b.sub(b.integer(8), b.mul(i, b.integer(5))));
        const Value loaded = b.load(input, b.integer(0), 8, mask);
        const Value gathered = b.gather(input, lanes(8), mask);
        b.store(output, b.add(loaded, gathered), b.mul(i, b.integer(8)));
    });
    EXPECT_EQ(run(), "");
    EXPECT_EQ(to, (std::array<std::int32_t, 16>{200, 202, 204, 206, 208, 210, 212, 214, 200, 202, 204, 0, 0,
                                                0, 0, 0}));
}

TEST_F(MemoryTest, StridesMayBeNegativeOrZero) {
    b.store(output, b.load_strided(input, b.integer(9), b.integer(-3), 4), b.integer(0));
    b.store_strided(output, b.load_strided(input, b.integer(5), b.integer(0), 3), b.integer(15),
                    b.integer(-2));
    EXPECT_EQ(run(), "");
    EXPECT_EQ(to, (std::array<std::int32_t, 16>{109, 106, 103, 100, -1, -1, -1, -1, -1, -1, -1, 105, -1, 105,
                                                -1, 105}));
}

TEST_F(MemoryTest, ViewsReachBelowTheirBase) {
    base = 15;
    b.store(output, b.load_strided(input, b.integer(0), b.integer(-1), 16), b.integer(0));
    EXPECT_EQ(run(), "");
    for (int n = 0; n < 16; ++n) EXPECT_EQ(to[static_cast<std::size_t>(n)], 115 - n);
}

TEST_F(MemoryTest, GatherAndScatterInAscendingOrder) {
    const Value squares = b.binary(Op::rem, b.mul(lanes(8), lanes(8)), b.integer(7));  // 0 1 4 2 2 4 1 0
    b.scatter(output, b.gather(input, b.mul(lanes(8), b.integer(2))), squares);
    EXPECT_EQ(run(), "");
    EXPECT_EQ((std::array<std::int32_t, 5>{to[0], to[1], to[2], to[3], to[4]}),
              (std::array<std::int32_t, 5>{114, 112, 108, -1, 110}));
}

TEST_F(MemoryTest, BooleansAreBytesZeroAndOne) {
    const int flags = b.add_buffer({"flags", Space::private_, DType::boolean, -1, 8, true});
    const int bytes = b.add_buffer({"bytes", Space::task, DType::u8, 0, 0, true});
    const int seen = b.add_buffer({"seen", Space::task, DType::boolean, 0, 0, true});
    b.store(flags, less_than(8, 3), b.integer(0));
    b.store(bytes, b.convert(b.load(flags, b.integer(0), 8), DType::u8), b.integer(0));
    b.store(bytes, b.integer(7, {DType::u8, 1}), b.integer(5));
    b.store(output, b.convert(b.load(seen, b.integer(0), 8), DType::i32), b.integer(0));
    EXPECT_EQ(run(8), "");
    EXPECT_EQ((std::vector<std::int32_t>{to.begin(), to.begin() + 8}),
              (std::vector<std::int32_t>{1, 1, 1, 0, 0, 1, 0, 0}));
}

// --- what must not happen ---

TEST_F(MemoryTest, ReadPastTheEnd) {
    b.store(output, b.load(input, b.integer(9), 8), b.integer(0));
    const std::string fault = run();
    expect_fault(fault, "kernel 'memory', task (0, 0, 0)");
    expect_fault(fault, "lane 7 reaches element 16, outside 0 … 15");
    expect_fault(fault, "= load @from[");
}

TEST_F(MemoryTest, ReadBeforeTheBeginning) {
    b.load_strided(input, b.integer(1), b.integer(-1), 3);
    expect_fault(run(), "lane 2 reaches element -1");
}

TEST_F(MemoryTest, WritePastTheEndTouchesNothingBeyond) {
    b.store(output, b.load(input, b.integer(0), 8), b.integer(9));
    expect_fault(run(), "lane 7 reaches element 16");
}

TEST_F(MemoryTest, MaskThatIsOneTooLong) {
    b.load(input, b.integer(8), 16, less_than(16, 9));
    expect_fault(run(), "lane 8 reaches element 16");
}

TEST_F(MemoryTest, GatherAndScatterOutside) {
    b.gather(input, b.mul(lanes(8), b.integer(3)));
    expect_fault(run(), "lane 6 reaches element 18");
}

TEST_F(MemoryTest, ScatterOutside) {
    b.scatter(output, b.splat(b.integer(5, {DType::i32, 1}), 4), b.sub(lanes(4), b.integer(1)));
    expect_fault(run(), "lane 0 reaches element -1");
}

TEST_F(MemoryTest, ElementNumbersThatOverflow) {
    b.load(input, b.integer(std::numeric_limits<std::int64_t>::max()), 2, less_than(2, 2));
    expect_fault(run(), "reaches element 9223372036854775807");
}

TEST_F(MemoryTest, StridesThatOverflow) {
    const Value mask = b.compare(Op::greater, lanes(4), b.integer(2));
    b.load_strided(input, b.integer(2), b.integer(std::numeric_limits<std::int64_t>::max()), 4, mask);
    expect_fault(run(), "lane 3 overflows");
}

TEST_F(MemoryTest, AnEmptyBufferHasNoElement) {
    Builder empty("empty", 1);
    empty.add_buffer({"nothing", Space::global, DType::f32, 0, 0, false});
    empty.load(0, empty.integer(0), 1);
    const Memory memory[1] = {};
    const std::uint64_t parameters[1] = {};
    expect_fault(interpret(empty.finish(), {parameters, memory, 0, {1, 1, 1}}),
                 "reaches element 0, outside 0 … -1");
}

TEST_F(MemoryTest, UninitialisedPrivateMemory) {
    const int scratch = b.add_buffer({"scratch", Space::private_, DType::i32, -1, 8, true});
    b.store(scratch, b.load(input, b.integer(0), 4), b.integer(0));
    b.load(scratch, b.integer(0), 4);
    b.load(scratch, b.integer(1), 4);
    const std::string fault = run();
    expect_fault(fault, "never written");
    expect_fault(fault, "load @scratch[");
}

TEST_F(MemoryTest, UninitialisedTaskMemoryByTheByte) {
    const int wide = b.add_buffer({"wide", Space::task, DType::i32, 0, 0, true});
    const int bytes = b.add_buffer({"bytes", Space::task, DType::u8, 0, 0, true});
    b.store(bytes, b.integer(1, {DType::u8, 3}), b.integer(0));
    b.load(wide, b.integer(0), 1);
    expect_fault(run(64), "never written");
}

TEST_F(MemoryTest, EveryTaskBeginsWithFreshScratch) {
    const int scratch = b.add_buffer({"scratch", Space::shared, DType::i32, -1, 4, true});
    b.if_then(b.compare(Op::equal, b.grid_id(0), b.integer(0)),
              [&] { b.store(scratch, b.load(input, b.integer(0), 4), b.integer(0)); });
    b.load(scratch, b.integer(0), 4);
    expect_fault(run(0, {2, 1, 1}), "task (1, 0, 0)");
}

TEST_F(MemoryTest, FreshScratchAfterManyTasks) {  // more than the interpreter has marks for
    for (std::int64_t reading = 254; reading <= 257; ++reading) {
        Builder fresh("fresh", 1);
        const int scratch = fresh.add_buffer({"scratch", Space::private_, DType::i32, -1, 4, true});
        const Value task = fresh.grid_id(0);
        fresh.if_then(fresh.compare(Op::equal, task, fresh.integer(0)), [&] {
            fresh.store(scratch, fresh.integer(1, {DType::i32, 4}), fresh.integer(0));
        });
        fresh.if_then(fresh.compare(Op::equal, task, fresh.integer(reading)),
                      [&] { fresh.load(scratch, fresh.integer(0), 4); });
        const Memory memory[1] = {};
        const std::string fault = interpret(fresh.finish(), {words, memory, 0, {300, 1, 1}});
        expect_fault(fault, ("task (" + std::to_string(reading) + ", 0, 0)").c_str());
    }
}

TEST_F(MemoryTest, TaskBuffersEndWhereTheNextBegins) {
    const int first = b.add_buffer({"first", Space::task, DType::i32, 0, 0, true});
    b.add_buffer({"second", Space::task, DType::i32, 1, 0, true});
    words[1] = 64;
    b.store(first, b.load(input, b.integer(0), 4), b.integer(14));
    expect_fault(run(128), "lane 2 reaches element 16, outside 0 … 15");
}

TEST_F(MemoryTest, TaskBuffersEndWithTheArena) {
    const int first = b.add_buffer({"first", Space::task, DType::i32, 0, 0, true});
    words[0] = 64;
    b.store(first, b.load(input, b.integer(0), 1), b.integer(15));
    expect_fault(run(127), "outside 0 … 14");
}

TEST_F(MemoryTest, TaskBufferOutsideTheArena) {
    b.add_buffer({"first", Space::task, DType::i32, 0, 0, true});
    words[0] = 65;
    expect_fault(run(64), "begins at byte 65 of an arena of 64");
}

TEST_F(MemoryTest, AlignmentThatIsNotThere) {
    b.load(input, b.integer(4), 4, {}, 16);
    b.load(input, b.integer(6), 4, {}, 16);
    const std::string fault = run();
    expect_fault(fault, "not a multiple of 16 bytes");
    expect_fault(fault, "align 16");
}

TEST_F(MemoryTest, MisalignedNonTemporalStore) {
    const Value v = b.load(input, b.integer(0), 4);
    b.store(output, v, b.integer(8), {}, true);
    b.store(output, v, b.integer(1), {}, true);
    expect_fault(run(), "not a multiple of 16 bytes");
    EXPECT_EQ(to[8], 100);
}

TEST_F(MemoryTest, TasksThatWriteTheSameElement) {
    b.store(output, b.load(input, b.grid_id(0), 3), b.mul(b.grid_id(0), b.integer(2)));
    const std::string fault = run(0, {3, 1, 1});
    expect_fault(fault, "task (1, 0, 0): it writes what task number 0 writes");
}

TEST_F(MemoryTest, ATaskThatReadsWhatAnotherWrites) {
    b.store(output, b.integer(1, {DType::i32, 1}), b.grid_id(0));
    b.load(output, b.binary(Op::max, b.sub(b.grid_id(0), b.integer(1)), b.integer(0)), 1);
    expect_fault(run(0, {3, 1, 1}), "task (1, 0, 0): it reads what task number 0 writes");
}

TEST_F(MemoryTest, ATaskThatWritesWhatAnotherReads) {
    b.load(output, b.add(b.grid_id(0), b.integer(1)), 1);
    b.store(output, b.integer(1, {DType::i32, 1}), b.grid_id(0));
    expect_fault(run(0, {3, 1, 1}), "task (1, 0, 0): it writes what another task reads");
}

TEST_F(MemoryTest, TasksMayShareWhatTheyOnlyReadAndOwnWhatTheyWrite) {
    const Value first = b.mul(b.grid_id(0), b.integer(4));
    b.store(output, b.load(input, b.integer(0), 4), first);
    b.store(output, b.add(b.load(output, first, 4), b.load(input, b.integer(2), 4)), first);
    EXPECT_EQ(run(0, {4, 1, 1}), "");
    for (int n = 0; n < 16; ++n) EXPECT_EQ(to[static_cast<std::size_t>(n)], 202 + 2 * (n % 4));
}

TEST_F(MemoryTest, TooFewParametersAndBuffers) {
    const Kernel kernel = b.finish();
    const Memory memory[2] = {};
    const std::uint64_t one_word[1] = {};
    expect_fault(interpret(kernel, {one_word, memory, 0, {1, 1, 1}}), "has 1 words, and the kernel reads 2");
    expect_fault(interpret(kernel, {words, std::span(memory).first(1), 0, {1, 1, 1}}), "1 of its 2 buffers");
}

TEST_F(MemoryTest, FaultyKernelsAreNotRun) {
    Kernel kernel = b.finish();
    kernel.body.body.clear();
    const Memory memory[2] = {};
    expect_fault(interpret(kernel, {words, memory, 0, {1, 1, 1}}), "a region is empty");
}

}  // namespace
}  // namespace sporkle::testing
