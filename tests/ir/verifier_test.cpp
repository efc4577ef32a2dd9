// The verifier refuses each kind of fault: a valid kernel is damaged in one place at a time.
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

#include "codegen/ir/builder.hpp"

namespace sporkle::testing {
namespace {

using namespace tile;

/// A valid kernel with most kinds of instruction.
Kernel sound_kernel() {
    Builder b("sound", 4);
    const int x = b.add_buffer({"x", Space::global, DType::f32, 0, 0, false});
    const int y = b.add_buffer({"y", Space::global, DType::f32, 1, 0, true});
    const int local = b.add_buffer({"local", Space::private_, DType::f32, -1, 16, true});
    const Value n = b.parameter(2), zero = b.integer(0), ids = b.lane_ids({DType::i64, 8});
    const Value initial[] = {b.floating(0, {DType::f32, 8})};
    const auto sum = b.for_loop(
        zero, n, b.integer(8), initial,
        [&](Value i, std::span<const Value> carried) {
            const Value mask = b.compare(Op::less, b.add(ids, i), n);
            const Value v = b.load(x, i, 8, mask), w = b.load_strided(x, i, n, 8, mask);
            b.prefetch(x, i, 0);
            return std::vector<Value>{b.fma(v, w, carried[0])};
        },
        2);
    const auto chosen = b.if_else(
        b.compare(Op::greater, n, zero),
        [&] {
            b.store(local, sum[0], b.integer(8));
            b.scatter(y, sum[0], ids);
            return std::vector<Value>{b.unary(Op::neg, b.extract(sum[0], 1))};
        },
        [&] { return std::vector<Value>{b.extract(sum[0], 2)}; });
    const Value half = b.slice(sum[0], 0, 4), halves[] = {half, half};
    b.store_strided(y, b.convert(b.convert(b.concat(halves), DType::i32), DType::f32), zero, n);
    b.store(y, b.bitcast(b.bitcast(chosen[0], DType::i32), DType::f32), b.grid_id(0));
    b.store(y, half, b.gather(local, b.grid_id(1)) ? zero : zero, {}, true);
    b.store(y, b.select(b.compare(Op::equal, ids, n), sum[0], b.splat(b.parameter(3, DType::f32), 8)), zero);
    b.fence();
    return b.finish();
}

/// The n-th instruction of that kind, regions included.
Instruction& find(Region& region, Op op, int& n) {
    static Instruction none;
    for (Instruction& i : region.body) {
        if (i.op == op && n-- == 0) return i;
        for (Region& r : i.regions)
            if (Instruction& found = find(r, op, n); &found != &none) return found;
    }
    return none;
}
Instruction& find(Kernel& k, Op op, int n = 0) {
    Instruction& found = find(k.body, op, n);
    EXPECT_EQ(found.op, op) << "the kernel has no such instruction";
    return found;
}
Value new_value(Kernel& k, Type type) {
    k.types.push_back(type);
    return {static_cast<std::uint32_t>(k.types.size() - 1)};
}

struct Fault {
    const char* name;
    const char* message;
    std::function<void(Kernel&)> damage;
};

void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

constexpr Type f32{DType::f32, 1}, i64{DType::i64, 1};

const Fault faults[] = {
    // declarations
    {"NegativeBlock", "negative size", [](Kernel& k) { k.parameter_words = -1; }},
    {"NoTypes", "lacks its unused entry", [](Kernel& k) { k.types.clear(); }},
    {"NoLanes", "has no valid type", [](Kernel& k) { k.types[3].lanes = 0; }},
    {"UnknownType", "has no valid type", [](Kernel& k) { k.types[3].scalar = static_cast<DType>(99); }},
    {"BufferType", "no valid element type", [](Kernel& k) { k.buffers[0].dtype = static_cast<DType>(11); }},
    {"BufferSpace", "no valid space", [](Kernel& k) { k.buffers[0].space = static_cast<Space>(9); }},
    {"BufferWord", "buffer 1 'y': there is no such parameter word", [](Kernel& k) { k.buffers[1].word = 4; }},
    {"BufferSize", "its size must be positive", [](Kernel& k) { k.buffers[2].size = 0; }},
    {"Members", "the number of members must be a power of two, not 3", [](Kernel& k) { k.members = 3; }},
    {"Threads", "12 lanes, which cannot be spread over 8 threads",
     [](Kernel& k) {
         k.threads = 8;
         k.types[3].lanes = 12;
     }},
    {"ShuffleWidth", "2 members that shuffle with each other", [](Kernel& k) { k.shuffle_width = 2; }},
    {"ExplicitBarriers", "only a shared one has barriers",
     [](Kernel& k) { k.buffers[0].explicit_barriers = true; }},
    // shape
    {"BodyParameters", "the body has parameters", [](Kernel& k) { k.body.parameters = {new_value(k, i64)}; }},
    {"BodyYields", "the body yields values",
     [](Kernel& k) { k.body.body.back().operands = {find(k, Op::parameter).results[0]}; }},
    {"EmptyRegion", "a region is empty", [](Kernel& k) { find(k, Op::if_).regions[1].body.clear(); }},
    {"NoYield", "yield must be what ends a region",
     [](Kernel& k) { find(k, Op::for_).regions[0].body.pop_back(); }},
    {"YieldInside", "yield must be what ends a region", [](Kernel& k) { find(k, Op::fence).op = Op::yield; }},
    {"UnknownOp", "this is no operation", [](Kernel& k) { find(k, Op::fence).op = static_cast<Op>(200); }},
    {"TooFewRegions", "it must have 2 regions", [](Kernel& k) { find(k, Op::if_).regions.pop_back(); }},
    {"RegionWhereNone", "it must have 0 regions",
     [](Kernel& k) {
         Region empty;
         empty.body.resize(1);
         empty.body[0].op = Op::yield;
         find(k, Op::fence).regions = {empty};
     }},
    // definition and use
    {"NotAValue", "is not a value", [](Kernel& k) { find(k, Op::fma).operands[0] = {100000}; }},
    {"NoValue", "%0 is not a value", [](Kernel& k) { find(k, Op::fma).operands[0] = {}; }},
    {"NeverDefined", "not defined before its use",
     [](Kernel& k) {
         find(k, Op::fma).operands[0] = new_value(k, {DType::f32, 8});
     }},
    {"UsedBeforeDefined", "not defined before its use",
     [](Kernel& k) {
         std::swap(k.body.body[0], k.body.body[k.body.body.size() - 2]);
         std::swap(k.body.body[0], k.body.body[k.body.body.size() - 3]);
     }},
    {"OutOfItsRegion", "not defined before its use",
     [](Kernel& k) { find(k, Op::slice).operands[0] = find(k, Op::load).results[0]; }},
    {"OfTheOtherBranch", "not defined before its use",
     [](Kernel& k) { find(k, Op::if_).regions[1].body.back().operands[0] = find(k, Op::neg).results[0]; }},
    {"DefinedTwice", "is defined twice",
     [](Kernel& k) { find(k, Op::slice).results[0] = find(k, Op::parameter).results[0]; }},
    {"ResultIsNoValue", "is not a value", [](Kernel& k) { find(k, Op::slice).results[0] = {0}; }},
    // sources
    {"ConstantBits", "not those of one element",
     [](Kernel& k) { find(k, Op::constant, 1).bits = ~0ull << 32; }},
    {"ParameterWord", "no such parameter word", [](Kernel& k) { find(k, Op::parameter).imm = 4; }},
    {"ParameterVector", "must be a scalar",
     [](Kernel& k) { k.types[find(k, Op::parameter, 1).results[0].id].lanes = 2; }},
    {"GridDimension", "dimensions 0, 1, 2", [](Kernel& k) { find(k, Op::grid_id).imm = 3; }},
    {"GridType", "must be i64", [](Kernel& k) { k.types[find(k, Op::grid_id).results[0].id] = f32; }},
    {"LaneIdsType", "integer type that holds",
     [](Kernel& k) {
         k.types[find(k, Op::lane_ids).results[0].id] = {DType::f32, 8};
     }},
    {"LaneIdsTooMany", "integer type that holds",
     [](Kernel& k) {
         k.types[find(k, Op::lane_ids).results[0].id] = {DType::i8, 129};
     }},
    // moves
    {"SplatOfVector", "the operand is f32x8 and must be f32",
     [](Kernel& k) { find(k, Op::splat, 2).operands[0] = find(k, Op::for_).results[0]; }},
    {"ExtractLane", "no such lanes", [](Kernel& k) { find(k, Op::extract).imm = 8; }},
    {"SliceLanes", "no such lanes", [](Kernel& k) { find(k, Op::slice).imm = 5; }},
    {"SliceNegative", "no such lanes", [](Kernel& k) { find(k, Op::slice).imm = -1; }},
    {"ConcatLanes", "not the operands side by side",
     [](Kernel& k) { find(k, Op::concat).operands.pop_back(); }},
    {"ConcatNothing", "it takes operands", [](Kernel& k) { find(k, Op::concat).operands.clear(); }},
    {"ConcatTypes", "operand 1 is f32x8",
     [](Kernel& k) { find(k, Op::concat).operands[1] = find(k, Op::for_).results[0]; }},
    // arithmetic
    {"OperandMissing", "it takes 3 operands, not 2", [](Kernel& k) { find(k, Op::fma).operands.pop_back(); }},
    {"ResultMissing", "it has 1 results, not 0",
     [](Kernel& k) {
         find(k, Op::prefetch).op = Op::neg;
         find(k, Op::neg).buffer = -1;
     }},
    {"OperandType", "operand 1 is i64x8 and must be f32x8",
     [](Kernel& k) { find(k, Op::fma).operands[1] = find(k, Op::lane_ids).results[0]; }},
    {"ResultType", "the result is f32 and must be bool",
     [](Kernel& k) { k.types[find(k, Op::greater).results[0].id] = f32; }},
    {"NotForThatType", "does not take operands of type f32",
     [](Kernel& k) { find(k, Op::neg).op = Op::bit_not; }},
    {"SelectCondition", "the condition is",
     [](Kernel& k) { find(k, Op::select).operands[0] = find(k, Op::greater).results[0]; }},
    {"ConvertLanes", "the operand is",
     [](Kernel& k) { find(k, Op::convert).operands[0] = find(k, Op::slice).results[0]; }},
    {"BitcastSize", "differ in size",
     [](Kernel& k) { k.types[find(k, Op::bitcast).results[0].id].scalar = DType::f64; }},
    {"BitcastBoolean", "no bit pattern",
     [](Kernel& k) {
         find(k, Op::bitcast).operands[0] = find(k, Op::greater).results[0];
         k.types[find(k, Op::bitcast).results[0].id].scalar = DType::u8;
     }},
    // memory
    {"NoBuffer", "no such buffer", [](Kernel& k) { find(k, Op::load).buffer = 3; }},
    {"NegativeBuffer", "no such buffer", [](Kernel& k) { find(k, Op::store).buffer = -1; }},
    {"BufferWhereNone", "it has a buffer", [](Kernel& k) { find(k, Op::fma).buffer = 0; }},
    {"ReadOnly", "buffer 'x' is read-only", [](Kernel& k) { find(k, Op::scatter).buffer = 0; }},
    {"LoadedType", "the value moved is f32x8", [](Kernel& k) { k.buffers[0].dtype = DType::f16; }},
    {"ElementType", "the element number is f32",
     [](Kernel& k) { find(k, Op::store, 1).operands[1] = find(k, Op::bitcast, 1).results[0]; }},
    {"StrideType", "the stride is",
     [](Kernel& k) { find(k, Op::load_strided).operands[1] = find(k, Op::lane_ids).results[0]; }},
    {"ScatterElements", "the element number is i64 and must be i64x8",
     [](Kernel& k) { find(k, Op::scatter).operands[1] = find(k, Op::parameter).results[0]; }},
    {"MaskType", "the mask is",
     [](Kernel& k) { find(k, Op::load).operands[1] = find(k, Op::lane_ids).results[0]; }},
    {"MaskMissing", "it takes 2 operands, not 1", [](Kernel& k) { find(k, Op::load).operands.pop_back(); }},
    {"MaskNotTold", "it takes 1 operands, not 2", [](Kernel& k) { find(k, Op::load).masked = false; }},
    {"MaskWhereNone", "it has a mask", [](Kernel& k) { find(k, Op::fma).masked = true; }},
    {"NontemporalLoad", "can be non-temporal", [](Kernel& k) { find(k, Op::load).nontemporal = true; }},
    {"AlignmentNoPower", "not a power of two", [](Kernel& k) { find(k, Op::load).alignment = 12; }},
    {"AlignmentWhereNone", "it has an alignment", [](Kernel& k) { find(k, Op::scatter).alignment = 4; }},
    {"PrefetchLevel", "the level is 0", [](Kernel& k) { find(k, Op::prefetch).imm = 2; }},
    {"PrivateBounds", "reaches outside 'local' of 15 elements", [](Kernel& k) { k.buffers[2].size = 15; }},
    {"FenceOperands", "it takes 0 operands",
     [](Kernel& k) { find(k, Op::fence).operands = {find(k, Op::parameter).results[0]}; }},
    // control
    {"LoopBounds", "operand 1 is",
     [](Kernel& k) { find(k, Op::for_).operands[1] = find(k, Op::lane_ids).results[0]; }},
    {"LoopStep", "the step must be positive",
     [](Kernel& k) { find(k, Op::for_).operands[2] = find(k, Op::for_).operands[0]; }},
    {"LoopTooFewOperands", "it takes low, high and step",
     [](Kernel& k) { find(k, Op::for_).operands.resize(2); }},
    {"LoopParameters", "parameter for the counter",
     [](Kernel& k) { find(k, Op::for_).regions[0].parameters.push_back(new_value(k, f32)); }},
    {"LoopYieldCount", "yield each carried value",
     [](Kernel& k) { find(k, Op::for_).regions[0].body.back().operands.clear(); }},
    {"LoopYieldType", "the yield of carried value 0 is",
     [](Kernel& k) {
         find(k, Op::for_).regions[0].body.back().operands[0] = find(k, Op::lane_ids).results[0];
     }},
    {"LoopResultType", "the result of carried value 0 is",
     [](Kernel& k) {
         find(k, Op::for_).results[0] = new_value(k, i64);
         find(k, Op::for_).op = Op::for_;
         k.body.body.erase(k.body.body.begin() + 8, k.body.body.end() - 1);
     }},
    {"LoopResultCount", "a result for each carried value",
     [](Kernel& k) { find(k, Op::for_).results.push_back(new_value(k, f32)); }},
    {"FlushSafe", "only fma, comparisons, min and max of f32 can be flush-safe",
     [](Kernel& k) {
         Instruction& fma = find(k, Op::fma);
         fma.imm = 2;
     }},
    {"UnrollWhereNone", "it has an unroll factor", [](Kernel& k) { find(k, Op::if_).unroll = 2; }},
    {"BranchCondition", "the condition is",
     [](Kernel& k) { find(k, Op::if_).operands[0] = find(k, Op::parameter).results[0]; }},
    {"BranchParameters", "its regions have no parameters",
     [](Kernel& k) { find(k, Op::if_).regions[0].parameters = {new_value(k, i64)}; }},
    {"BranchYields", "each region must yield a value for each result",
     [](Kernel& k) { find(k, Op::if_).regions[1].body.back().operands.clear(); }},
    {"BranchYieldType", "yield 0 is",
     [](Kernel& k) {
         find(k, Op::if_).regions[1].body.back().operands[0] = find(k, Op::parameter).results[0];
     }},
};

class Verifier : public ::testing::TestWithParam<Fault> {};

TEST_P(Verifier, Refuses) {
    Kernel kernel = sound_kernel();
    ASSERT_EQ(verify(kernel), "");
    GetParam().damage(kernel);
    const std::string fault = verify(kernel);
    EXPECT_NE(fault.find(GetParam().message), std::string::npos) << "said: '" << fault << "'";
    EXPECT_EQ(fault.find("kernel 'sound': "), 0u) << fault;
}

INSTANTIATE_TEST_SUITE_P(Faults, Verifier, ::testing::ValuesIn(faults),
                         [](const auto& info) { return info.param.name; });

TEST(VerifierBounds, KnowsWhereStridedAccessesReach) {
    const auto fault = [](std::int64_t first, std::int64_t stride, bool masked = false) {
        Builder b("strided", 1);
        const int local = b.add_buffer({"local", Space::shared, DType::f32, -1, 16, true});
        const Value mask = masked ? b.splat(b.parameter(0, DType::boolean), 4) : Value{};
        b.load_strided(local, b.integer(first), b.integer(stride), 4, mask);
        return verify(b.finish());
    };
    EXPECT_EQ(fault(0, 5), "");
    EXPECT_EQ(fault(15, -5), "");
    EXPECT_NE(fault(1, 5), "");
    EXPECT_NE(fault(14, -5), "");
    EXPECT_NE(fault(-1, 1), "");
    EXPECT_NE(fault(0, std::numeric_limits<std::int64_t>::max()), "");
    EXPECT_EQ(fault(1, 5, true), "");  // lane 3 may be off
}

TEST(VerifierMessage, ShowsTheInstruction) {
    Kernel kernel = sound_kernel();
    find(kernel, Op::slice).imm = 99;
    EXPECT_NE(verify(kernel).find("\n  in: %"), std::string::npos);
    EXPECT_NE(verify(kernel).find("from 99"), std::string::npos);
}

}  // namespace
}  // namespace sporkle::testing
