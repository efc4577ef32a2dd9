// The fixture of the builder's tests.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "codegen/ir/builder.hpp"

namespace sporkle::testing {

namespace builder_types {
inline constexpr tile::Type i64{DType::i64, 1}, i32x4{DType::i32, 4}, f32{DType::f32, 1},
    f32x8{DType::f32, 8};
inline constexpr tile::Type boolean{DType::boolean, 1};
}  // namespace builder_types

class BuilderTest : public ::testing::Test {
  protected:
    BuilderTest() : b("test", 8) {
        input = b.add_buffer({"input", tile::Space::global, DType::f32, 0, 0, false});
        output = b.add_buffer({"output", tile::Space::global, DType::f32, 1, 0, true});
        integers = b.add_buffer({"integers", tile::Space::global, DType::i64, 1, 0, true});
    }
    /// Uses the value, so that it is not dead.
    void keep(tile::Value v) {
        b.store(b.type_of(v).scalar == DType::f32 ? output : integers, v, b.integer(0));
    }
    /// A value of which nothing is known.
    tile::Value unknown(tile::Type type) {
        return b.splat(b.parameter(next_word++ % 8, type.scalar), type.lanes);
    }
    std::int64_t constant(tile::Value v) {
        std::int64_t value = 0;
        EXPECT_TRUE(b.is_constant(v, &value)) << "value %" << v.id << " is not constant";
        return value;
    }
    /// Finishes and verifies the kernel and counts the instructions of that kind in all regions.
    int count(tile::Op op) {
        if (!finished) {
            kernel = b.finish();
            EXPECT_EQ(verify(kernel), "");
            finished = true;
        }
        return count(op, kernel.body);
    }
    static int count(tile::Op op, const tile::Region& region) {
        int n = 0;
        for (const tile::Instruction& i : region.body) {
            n += i.op == op;
            for (const tile::Region& r : i.regions) n += count(op, r);
        }
        return n;
    }

    tile::Builder b;
    tile::Kernel kernel;
    bool finished = false;
    int next_word = 0, input = 0, output = 0, integers = 0;
};

}  // namespace sporkle::testing
